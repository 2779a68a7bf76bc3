// Files on their way out: brought to WhatsApp before their message, and named in it by a text that holds all it takes.
import type { MediaKind } from '../../../../model/content.ts'
import type { LocalFile } from '../../../transport.ts'
import type { WireFile } from '../../port.ts'
import type { Connection } from '../connection.ts'
import { AGAIN_MS, refused, statusOf, wordsOf, wrong } from '../refusal.ts'
import { type Looks, looksOf } from './looks.ts'

/** What `send` is given as the file's id, as JSON: a crash between upload and send costs nothing. */
export interface Uploaded extends Looks {
  readonly file: WireFile
  readonly mimetype: string
  readonly filename: string
}

const WIRE_FIELDS = ['url', 'directPath', 'mediaKey', 'fileEncSha256', 'fileSha256']

/** Encrypts the file and brings it to WhatsApp. Fails as `Connection.over` does. */
export async function bring(connection: Connection, kind: MediaKind, file: LocalFile): Promise<string> {
  if (file.size === 0) throw wrong('The file is empty.')
  if (kind === 'sticker' && !/^image\/webp\b/i.test(file.mimeType))
    throw wrong(`A sticker is an image/webp; the file is ${file.mimeType}.`)
  return connection.over(async (socket) => {
    try {
      const looks = await looksOf(kind, file)
      const wire = await socket.upload(kind, file)
      const { mimeType: mimetype, filename } = file
      return JSON.stringify({ file: wire, mimetype, filename, ...looks } satisfies Uploaded)
    } catch (thrown) {
      throw failed(thrown)
    }
  })
}

/** Reads what `bring` answered. Fails with SendError `refused`: ids of others mean nothing here. */
export function uploadedOf(id: string): Uploaded {
  let read: unknown
  try {
    read = JSON.parse(id)
  } catch {
    read = null
  }
  if (isUploaded(read)) return read
  throw wrong('The id of the file is not one that this linked device has brought to WhatsApp.')
}

function isUploaded(read: unknown): read is Uploaded {
  if (!isObject(read) || typeof read.mimetype !== 'string' || typeof read.filename !== 'string') return false
  const { file } = read
  return isObject(file) && WIRE_FIELDS.every((field) => typeof file[field] === 'string')
}

function failed(thrown: unknown): Error {
  if (thrown instanceof Error && 'syscall' in thrown && thrown.syscall === 'read')
    return refused('The file of the message could not be read from the disk of this server.', { cause: thrown })
  const status = statusOf(thrown)
  const sentence = `The file could not be brought to WhatsApp: ${wordsOf(thrown)}.`
  const facts = status === null ? {} : { code: status }
  const isWrong = status === 413 || status === 415
  return refused(sentence, { retryAfterMs: isWrong ? null : AGAIN_MS, callersFault: isWrong, facts, cause: thrown })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
