// Turns what SQLite throws into what a caller may know, and says which of it the program must not outlive.
import { Failure } from '../../../model/failure.ts'
import type { Refusal } from './ports.ts'

/** SQLite's primary result codes, https://sqlite.org/rescode.html. */
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26
/** SQLITE_IOERR_SHMSIZE: the shared memory beside the file could not grow, which is a full disk too. */
const IOERR_SHMSIZE = 4874

export interface Trouble {
  readonly refusal: Refusal
  readonly fatal: boolean
}

/** What is wrong with the store itself when this was thrown; null when only the unit of work was. */
export function troubleOf(thrown: unknown): Trouble | null {
  const code = resultCode(thrown)
  if (code === null) return null
  const detail = thrown instanceof Error ? `${thrown.message} (${code})` : String(code)
  const refuse = (message: string, retryAfterS: number): Trouble => ({
    refusal: { code: 'unavailable', message, retryAfterS, detail },
    fatal: false,
  })
  if (code === IOERR_SHMSIZE) return refuse('There is no space left on the disk of the data folder', 10)
  switch (code & 0xff) {
    case FULL:
      return refuse('There is no space left on the disk of the data folder', 10)
    case BUSY:
    case LOCKED:
      return refuse('Another program holds the database of the data folder', 5)
    case READONLY:
    case CANTOPEN:
      return refuse('The database of the data folder cannot be written: check who owns its files', 10)
    case IOERR:
      return fatal('The disk of the data folder fails: what was to be written may or may not be on it', detail)
    case CORRUPT:
    case NOTADB:
      return fatal('The database of the data folder is damaged: stop, and restore a backup', detail)
    default:
      return null
  }
}

function fatal(message: string, detail: string): Trouble {
  return { refusal: { code: 'unavailable', message, retryAfterS: 60, detail }, fatal: true }
}

/** Anything thrown by a unit of work, as it travels to its caller. */
export function refusalOf(thrown: unknown): Refusal {
  const { code, message, retryAfterS } = Failure.from(thrown)
  const detail =
    thrown instanceof Failure ? {} : { detail: thrown instanceof Error ? String(thrown.stack) : String(thrown) }
  return { code, message, ...(retryAfterS === undefined ? {} : { retryAfterS }), ...detail }
}

/** A refusal as the caller gets it. */
export function failure(refusal: Refusal): Failure {
  const { code, message, retryAfterS, detail } = refusal
  return new Failure(code, message, { detail, ...(retryAfterS === undefined ? {} : { retryAfterS }) })
}

/** SQLite's extended result code, or null when something else was thrown. */
function resultCode(thrown: unknown): number | null {
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return null
  return typeof thrown.errcode === 'number' ? thrown.errcode : null
}
