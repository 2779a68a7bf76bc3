// The files of one request: on disk as they come, and off it again unless somebody takes them over.
import type { Log } from '../../kit/log.ts'
import type { Spooled, Spooling } from '../../kit/spool.ts'
import { Failure } from '../../model/failure.ts'

/** A file that came with a request. It is dropped after the call unless it was kept. */
export interface IncomingFile {
  readonly file: Spooled
  /** As the caller names it, without folders and control characters; null: it has no name. */
  readonly filename: string | null
  /** As the caller says, in lower case and without parameters; null: not said. */
  readonly mimeType: string | null
}

export interface Incoming {
  /** The files that are complete, by their fields. */
  readonly files: ReadonlyMap<string, IncomingFile>
  /** Writes on in a field's file, which is begun by that. Calls must follow one another. */
  write(field: string, bytes: Uint8Array): Promise<void>
  /** Completes a field's file; nothing when none was begun. */
  end(field: string, about: Pick<IncomingFile, 'filename' | 'mimeType'>): Promise<void>
  /** Deletes every file, half written or complete, that was not taken over. Never fails. */
  drop(): Promise<void>
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])
const RETRY_S = 60

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && FULL.has(String(thrown.code))) {
      const sentence = 'There is no room on the disk for the file'
      throw new Failure('unavailable', sentence, { cause: thrown, retryAfterS: RETRY_S })
    }
    throw thrown
  }
}

export function createIncoming(receive: () => Promise<Spooling>, log: Log): Incoming {
  const files = new Map<string, IncomingFile>()
  const begun = new Map<string, Spooling>()
  return {
    files,
    write: (field, bytes) =>
      onDisk(async () => {
        const spooling = begun.get(field) ?? (await receive())
        begun.set(field, spooling)
        await spooling.write(bytes)
      }),
    end: (field, about) =>
      onDisk(async () => {
        const spooling = begun.get(field)
        if (!spooling) return
        files.set(field, { file: await spooling.end(), ...about })
        begun.delete(field)
      }),
    async drop() {
      const left = [...begun.values()].map((spooling) => spooling.abort())
      const whole = [...files.values()].map(({ file }) => file.drop())
      for (const outcome of await Promise.allSettled([...left, ...whole])) {
        if (outcome.status === 'rejected')
          log.warn('a file of a request could not be deleted', { cause: outcome.reason })
      }
    },
  }
}

/** Control characters, line breaks, and what turns the direction of writing around; joiners are letters of some scripts. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** A file's name as strangers send it, made fit to be shown and passed on: at most 240 characters, null for nothing. */
export function plainFilename(said: string | undefined): string | null {
  const last = (said ?? '').toWellFormed().split(/[\\/]/).at(-1) ?? ''
  const plain = [...last.replace(UNSEEN, '').trim()].slice(0, 240).join('')
  return /^\.*$/.test(plain) ? null : plain
}

/** A media type in lower case and without its parameters; null for what is none (RFC 9110, 8.3.1). */
export function plainMimeType(said: string | undefined): string | null {
  const type = (said ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(type) ? type : null
}
