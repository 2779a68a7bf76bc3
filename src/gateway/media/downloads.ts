// Fetches the files that came with messages: on arrival, a few at a time, and again later where that can help.
import type { Clock, Timer } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Folder, Spooled } from '../../kit/spool.ts'
import type { Account } from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import { type MediaFile, type MediaWish, takesMime } from '../../model/media.ts'
import type { Store } from '../../store/store.ts'
import { FetchError, type FileSink, type Line } from '../../transports/transport.ts'

/** Files fetched at the same time. */
const AT_ONCE = 4
/** Rows looked at in one go. */
const PAGE = 100
/** Waits before the second, third, ... try, ms; the last one repeats. */
const WAITS_MS = [2000, 10_000, 60_000, 300_000, 1_800_000, 3_600_000, 6 * 3_600_000]
/** Meta keeps what came in for seven days. */
const GIVE_UP_MS = 7 * 24 * 3_600_000
/** How long a store that takes nothing is left alone, ms. */
const REST_MS = 5000

export interface DownloadsDeps {
  readonly store: Pick<Store, 'media'>
  readonly folder: Folder
  readonly lines: { account(id: string): Account | null; need(id: string): Line }
  readonly clock: Clock
  readonly log: Log
  /** Told of every try that ended, whatever it came to. */
  readonly ended: (file: MediaFile) => void
}

export interface Downloads {
  /** Looks for what is waiting: called when something came, and at the start. */
  wake(): void
  /** Begins nothing more; resolves when what runs has ended or was broken off. */
  stop(): Promise<void>
}

/** What a try changes about a file. */
type Change = Parameters<Store['media']['change']>[1]

export function createDownloads(deps: DownloadsDeps): Downloads {
  return new Fetcher(deps)
}

class Fetcher implements Downloads {
  readonly #deps: DownloadsDeps
  readonly #running = new Map<string, Promise<void>>()
  #timer: Timer | null = null
  #looking = false
  #again = false
  #stopped = false

  constructor(deps: DownloadsDeps) {
    this.#deps = deps
  }

  wake(): void {
    if (this.#stopped) return
    this.#again = true
    if (this.#looking) return
    this.#looking = true
    void this.#look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await Promise.all(this.#running.values())
  }

  async #look(): Promise<void> {
    let restMs: number | null = null
    while (this.#again && !this.#stopped) {
      this.#again = false
      restMs = await this.#begin().catch((cause) => {
        this.#deps.log.warn('the files that wait to be fetched could not be read', { cause })
        return REST_MS
      })
    }
    this.#looking = false
    this.#timer?.cancel()
    this.#timer = restMs === null || this.#stopped ? null : this.#deps.clock.after(restMs, () => this.wake())
  }

  /** Begins what is due, as far as there is room; answers when to look again, ms, or null when something will wake it. */
  async #begin(): Promise<number | null> {
    const now = this.#deps.clock.now()
    const waiting = await this.#deps.store.media.waiting(PAGE)
    for (const file of waiting) {
      if (this.#stopped || this.#running.has(file.id)) continue
      const waitMs = (file.dueAt ?? 0) - now
      if (waitMs > 0) return waitMs
      if (this.#running.size >= AT_ONCE) return null
      this.#running.set(
        file.id,
        this.#try(file).then(() => {
          this.#running.delete(file.id)
          this.wake()
        }),
      )
    }
    return null
  }

  /** One try, written down. Never fails. */
  async #try(file: MediaFile): Promise<void> {
    const change = await this.#fetch(file).catch((thrown) => this.#failed(file, thrown))
    if (change === null) return
    try {
      await this.#deps.store.media.change(file.id, change)
      this.#deps.ended({ ...file, ...change })
    } catch (cause) {
      this.#deps.log.warn('what became of a file could not be written down', { media: file.id, cause })
      await new Promise<void>((resolve) => void this.#deps.clock.after(REST_MS, resolve))
    }
  }

  async #fetch(file: MediaFile): Promise<Change> {
    const { lines, folder, clock } = this.#deps
    const account = lines.account(file.account)
    if (!account) throw new FetchError('The account was removed', false)
    checkWish(account.media, file)
    const spooling = await folder.create()
    const head = { mimeType: file.mimeType }
    const sink: FileSink = {
      begin: (told) => {
        checkWish(account.media, told)
        head.mimeType ??= told.mimeType
      },
      async write(chunk) {
        if (spooling.size + chunk.length > account.media.maxBytes) throw tooLarge(account.media)
        await spooling.write(chunk)
      },
    }
    let spooled: Spooled
    try {
      await lines.need(file.account).fetchMedia(file.ref, sink)
      spooled = await spooling.end()
    } catch (thrown) {
      await spooling.abort()
      throw thrown
    }
    if (file.sha256 !== null && file.sha256 !== spooled.sha256) {
      await spooled.drop()
      throw new FetchError('What came is not the file that the message carried (its SHA-256 differs)', true)
    }
    await spooled.keep(file.id)
    const { size, sha256 } = spooled
    return { state: 'ready', reason: null, dueAt: null, readyAt: clock.now(), size, sha256, mimeType: head.mimeType }
  }

  /** What a failed try means; null when the server is stopping, so that it counts for nothing. */
  #failed(file: MediaFile, thrown: unknown): Change | null {
    if (this.#stopped) return null
    const { clock, log } = this.#deps
    const tries = file.tries + 1
    const reason = thrown instanceof FetchError ? thrown.message : Failure.from(thrown).message
    // An account that is disabled now, or a disk that is full, may be otherwise later.
    const isPassing = thrown instanceof FetchError ? thrown.passing : true
    if (!(thrown instanceof FetchError) && !(thrown instanceof Failure)) {
      log.warn('a file could not be fetched', { media: file.id, cause: thrown })
    }
    const waitMs = WAITS_MS[Math.min(tries, WAITS_MS.length) - 1] ?? REST_MS
    const dueAt = clock.now() + waitMs
    if (!isPassing) return { state: 'refused', reason, tries, dueAt: null }
    if (dueAt - file.createdAt > GIVE_UP_MS)
      return { state: 'refused', reason: `Given up on: ${reason}`, tries, dueAt: null }
    return { state: 'waiting', reason, tries, dueAt }
  }
}

/** Fails with a FetchError for what the account does not want. */
function checkWish(wish: MediaWish, told: { readonly mimeType: string | null; readonly size: number | null }): void {
  if (told.mimeType !== null && !takesMime(wish.mimeTypes, told.mimeType)) {
    throw new FetchError(
      `Files of the type ${told.mimeType} are not fetched for this account (media.mime_types)`,
      false,
    )
  }
  if (told.size !== null && told.size > wish.maxBytes) throw tooLarge(wish)
}

function tooLarge({ maxBytes }: MediaWish): FetchError {
  return new FetchError(`The file is larger than ${maxBytes} bytes, the most that is fetched (media.max_bytes)`, false)
}
