// Leaves nothing of what is deleted in the files: SQLite would only mark its pages free, and keep older ones in its log.
import type { Connection } from './connection.ts'

/** How long the writer waits for a reader before it looks again later, ms. */
const BUSY_MS = 100
const USUAL_BUSY_MS = 5000
const AGAIN_MS = 1000
const MOST_TRIES = 60

/** What `work` deletes and replaces is overwritten with zeros (5 µs for the two switches, measured). */
export function overwriting(c: Connection, work: () => unknown): void {
  c.db.exec('PRAGMA secure_delete = ON')
  try {
    work()
  } finally {
    c.db.exec('PRAGMA secure_delete = OFF')
  }
}

/** Once the transaction that runs is on disk, the log beside the database, which has the pages as they were, is emptied. */
export function emptyLogAfter(c: Connection): void {
  c.onCommit(() => emptyLog(c, MOST_TRIES))
}

/** A reader that is still at an older state holds it up: then it is tried again. */
function emptyLog(c: Connection, tries: number): void {
  if (!c.db.isOpen || tries === 0) return
  if (!isEmptied(c)) setTimeout(() => emptyLog(c, tries - 1), AGAIN_MS).unref()
}

/** What is wrong with the disk is found by the next commit, and told by that. */
function isEmptied({ db }: Connection): boolean {
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    return db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0
  } catch {
    return false
  } finally {
    db.exec(`PRAGMA busy_timeout = ${USUAL_BUSY_MS}`)
  }
}
