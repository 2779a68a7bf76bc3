// Files: those that come in are fetched, kept for a time and served by signed links; those that go out are received here.
import { createReadStream } from 'node:fs'
import type { Complete } from '../delivery/sink.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { type Folder, tidily } from '../kit/spool.ts'
import type { EventDraft } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { MediaFile } from '../model/media.ts'
import type { Store } from '../store/store.ts'
import type { BusinessLine } from '../transports/transport.ts'
import type { MediaPart, OpenMedia } from './gateway.ts'
import type { Intake } from './intake.ts'
import type { Lines } from './lines.ts'
import { createDownloads } from './media/downloads.ts'
import { createLinks, type LinksDeps } from './media/links.ts'
import { createTelling } from './media/telling.ts'

/** How long a request for a file that is being fetched waits for it, ms. */
const OPEN_WAIT_MS = 10_000
/** Files put away in one go. */
const AT_ONCE = 100
const DAY_MS = 24 * 3_600_000

export interface MediaDeps extends Omit<LinksDeps, 'clock'> {
  readonly store: Pick<Store, 'media' | 'events'>
  readonly lines: Pick<Lines, 'account' | 'need'>
  readonly business: (account: string) => BusinessLine
  readonly intake: Intake
  /** Files that came in, by their ids. */
  readonly folder: Folder
  /** Files on their way out. */
  readonly outbox: Folder
  readonly clock: Clock
  readonly log: Log
}

export interface Media extends MediaPart {
  start(): void
  /** Something with a file was recorded. */
  arrived(): void
  /** Puts the file into the events that carry one, for the delivery of an event. */
  readonly complete: Complete
  /** Puts away what was kept long enough, and what belonged to accounts that are gone. */
  sweep(): Promise<void>
  stop(): Promise<void>
}

export function createMedia(deps: MediaDeps): Media {
  const { store, folder, outbox, clock, log } = deps
  const links = createLinks(deps)
  const tries = createWaiting(clock)
  const readyNow = (id: string): void =>
    void tellReady(deps, id).catch((cause) => log.warn('media.ready could not be recorded', { media: id, cause }))
  const downloads = createDownloads({
    ...deps,
    ended(file) {
      tries.over(file.id)
      if (file.state === 'ready') readyNow(file.id)
    },
  })

  return {
    start: () => downloads.wake(),
    arrived: () => downloads.wake(),
    complete: createTelling({ store, folder, links, clock, nextTry: tries.next, toldWithout: readyNow }),
    receive: () => outbox.create(),
    async upload(account, file, { filename, mimeType }) {
      try {
        const { size, path } = file
        return await deps
          .business(account)
          .media.upload({ size, mimeType, filename, read: () => tidily(createReadStream(path)) })
      } finally {
        await file.drop()
      }
    },
    async open(id, query) {
      const check = links.check(id, query)
      if (check === 'wrong') throw new Failure('not-found', 'There is no file behind this link')
      if (check === 'expired') throw new Failure('not-found', 'This link has expired', { facts: { gone: true } })
      const first = await store.media.get(id)
      if (first?.state !== 'waiting') return opened(folder, first)
      // Listens before it looks again: a try that ends just now is either heard or seen.
      const tried = tries.next(id, OPEN_WAIT_MS)
      const now = await store.media.get(id)
      if (now?.state === 'waiting' && now.tries === first.tries) await tried
      return opened(folder, await store.media.get(id))
    },
    sweep: () => sweep(deps),
    stop: () => downloads.stop(),
  }
}

async function opened(folder: Folder, file: MediaFile | null): Promise<OpenMedia> {
  if (file?.state === 'waiting') {
    throw new Failure('unavailable', 'The file is still being fetched', { retryAfterS: 5 })
  }
  const size = file?.state === 'ready' ? await folder.size(file.id) : null
  if (!file || size === null) {
    const sentence = file?.reason ? `The file is not here: ${file.reason}` : 'The file is not kept any more'
    throw new Failure('not-found', sentence, { facts: { gone: true } })
  }
  const { id, mimeType, filename } = file
  return { path: folder.path(id), mimeType: mimeType ?? 'application/octet-stream', filename: filename ?? id, size }
}

/** Lets several wait for the end of the next try of a file. */
function createWaiting(clock: Clock) {
  const waiting = new Map<string, Set<() => void>>()
  return {
    over(id: string): void {
      for (const go of waiting.get(id) ?? []) go()
    },
    next: (id: string, ms: number): Promise<void> =>
      new Promise((resolve) => {
        const all = waiting.get(id) ?? new Set()
        waiting.set(id, all)
        const go = (): void => {
          timer.cancel()
          all.delete(go)
          if (all.size === 0) waiting.delete(id)
          resolve()
        }
        const timer = clock.after(ms, go)
        all.add(go)
      }),
  }
}

/** `media.ready`, once, for a file that hooks were told they could not have yet. */
async function tellReady({ store, intake }: MediaDeps, id: string): Promise<void> {
  const file = await store.media.get(id)
  if (file?.state !== 'ready' || file.told === null || file.told === '') return
  const event = await store.events.get(file.event)
  if (!event) return
  const { message_id, chat, message_type, media } = JSON.parse(event.data) as Record<string, unknown>
  const whole = { ...(media as object), size: file.size, mime_type: file.mimeType }
  const draft: EventDraft = {
    type: 'media.ready',
    account: event.account,
    chat: event.chat,
    data: JSON.stringify({ message_id, chat, message_type, media: whole }),
    raw: null,
    origin: { at: file.createdAt, key: `media.ready:${id}` },
    news: null,
  }
  await intake.record([draft])
}

async function sweep({ store, folder, lines, keptMs, clock }: MediaDeps): Promise<void> {
  const now = clock.now()
  for (let full = true; full; ) {
    const old = await store.media.kept(now - keptMs, AT_ONCE)
    for (const file of old) {
      await folder.remove(file.id)
      await store.media.change(file.id, { state: 'expired', reason: 'It was kept as long as this server keeps files' })
    }
    full = old.length === AT_ONCE
  }
  while ((await store.media.prune(now - keptMs - DAY_MS, AT_ONCE)) === AT_ONCE);
  // A file without a row is one whose account is gone, or that a crash left between its keeping and its row.
  for (const name of await folder.names()) {
    const file = await store.media.get(name)
    if (file && lines.account(file.account)) continue
    await folder.remove(name)
    if (file) await store.media.forget([file.id])
  }
}
