// Files of messages on their way out: kept until they are with the other side, where the message then only names them.
import { basename } from 'node:path'
import type { EgressGuard } from '../../kit/egress.ts'
import { createSlots } from '../../kit/slots.ts'
import type { Folder } from '../../kit/spool.ts'
import type { Content, MediaContent, MediaKind } from '../../model/content.ts'
import { Failure } from '../../model/failure.ts'
import type { OutMessage } from '../../model/message.ts'
import type { LocalFile } from '../../transports/transport.ts'
import type { Lines } from '../lines.ts'
import { failureOf } from './answers.ts'
import { type Draft, needsFile, sayingOf } from './draft.ts'
import { createFetcher, LinkError } from './fetch.ts'

/** Files of one account that are fetched or uploaded at once. */
const AT_ONCE = 8
const KB = 1024
const MB = 1024 * KB
/** What a file that a link names may have at most, bytes (Meta, "Supported media types"). */
const MOST: Readonly<Record<MediaKind, number>> = {
  image: 5 * MB,
  video: 16 * MB,
  audio: 16 * MB,
  document: 100 * MB,
  sticker: 500 * KB,
}

export interface FilesDeps {
  readonly folder: Folder
  readonly guard: EgressGuard
  readonly lines: Pick<Lines, 'need'>
}

export interface Files {
  /** Takes over the file of a message that is about to be recorded: on disk under the message's id when this resolves. */
  keep(draft: Draft): Promise<void>
  /**
   * Brings a message's file to the other side; answers the content that names it there. May be done again, since a file
   * alone reaches nobody. Fails with the Failure that the message then fails with.
   */
  upload(message: OutMessage, content: Content): Promise<Content>
  /** The message needs its file no more; never fails. */
  forget(id: string): Promise<void>
  /** Removes the files of all messages but these. */
  sweep(queued: readonly OutMessage[]): Promise<void>
  /** Cuts off what is being fetched. */
  stop(): Promise<void>
}

export function createFiles({ folder, guard, lines }: FilesDeps): Files {
  const fetcher = createFetcher({ guard, folder })
  const inSlot = createSlots(AT_ONCE)

  const local = async (id: string, content: MediaContent): Promise<LocalFile> => {
    const { media, kind } = content
    if (media.from === 'file') {
      const size = await folder.size(media.name)
      if (size === null)
        throw new Failure('internal', 'The file of this message is not on this server any more; send it again')
      const about = { mimeType: content.mimeType ?? 'application/octet-stream', filename: content.filename ?? kind }
      return { size, ...about, read: () => folder.read(media.name) }
    }
    if (media.from === 'id') throw new Failure('internal', 'Internal error', { detail: 'nothing to upload' })
    const { file, mimeType } = await fetcher.fetch(media.url, MOST[kind])
    try {
      await file.keep(id)
    } catch (thrown) {
      await file.drop()
      throw thrown
    }
    return {
      size: file.size,
      mimeType: content.mimeType ?? mimeType ?? 'application/octet-stream',
      filename: content.filename ?? nameIn(media.url) ?? kind,
      read: () => folder.read(id),
    }
  }

  return {
    async keep({ id, file, content }) {
      try {
        await file?.keep(id)
      } catch (thrown) {
        throw said(thrown, content.kind)
      }
    },
    upload: ({ id, account }, content) =>
      inSlot(account, async () => {
        if (!needsFile(content)) return content
        try {
          // A disabled account is known before anything is fetched for it.
          lines.need(account)
          const file = await local(id, content)
          const uploaded = await lines.need(account).upload(content.kind, file)
          return { ...content, media: { from: 'id', id: uploaded } }
        } catch (thrown) {
          throw said(thrown, content.kind)
        }
      }),
    forget: (id) => folder.remove(id).catch(() => {}),
    async sweep(queued) {
      const needed = new Set(queued.filter((message) => needsFile(sayingOf(message).content)).map(({ id }) => id))
      for (const name of await folder.names()) if (!needed.has(name)) await folder.remove(name)
    },
    stop: () => fetcher.stop(),
  }
}

/** The last part of a link's path, where it looks like the name of a file. */
function nameIn(url: string): string | null {
  const last = basename(URL.parse(url)?.pathname ?? '')
  return /^[\w.-]{1,100}$/.test(last) && last.includes('.') ? last : null
}

function said(thrown: unknown, kind: string): Failure {
  if (thrown instanceof LinkError) return new Failure('invalid', `${kind}_url: ${thrown.message}`, { cause: thrown })
  const code = thrown instanceof Error && 'syscall' in thrown && 'code' in thrown ? String(thrown.code) : null
  if (code !== null)
    return new Failure('unavailable', `The file could not be kept on this server (${code}); send it again later`, {
      cause: thrown,
    })
  return failureOf(thrown, 'Send failed, since the file could not be uploaded')
}
