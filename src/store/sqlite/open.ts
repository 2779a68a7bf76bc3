// Opens the database of a data folder: alone, whole, of this release; or says in one sentence why not.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../../model/failure.ts'
import type { Migrated } from './migrate.ts'
import { checkVersion, migrate } from './migrate.ts'
import { troubleOf } from './threads/refusal.ts'

const FILE = 'whatshooked.db'
const LOCK = 'whatshooked.lock'
const HEADER = 'SQLite format 3\0'
const RUNNING = 'store.running'
/** How long the writer waits for another program that holds the file (a backup, somebody's sqlite3). */
const BUSY_MS = 5000
/**
 * Up to this size every page is checked at start (1.1 s a gigabyte in memory, measured); above it the payloads are
 * left out, which are most of the file and on which nothing else depends.
 */
const CHECK_ALL_BYTES = 2_000_000_000
const CACHE_KIB = { writer: 16_384, reader: 8_192 }

export interface Opened {
  readonly db: DatabaseSync
  readonly file: string
  readonly migrated: Migrated
  /** Writes all into the one file, closes, and lets the folder go. */
  close(): void
}

/** The name of the database file of a data folder. */
export function databaseFile(folder: string): string {
  return join(folder, FILE)
}

/** Opens for writing, and holds the folder until `close` or the end of the process. Every Failure is `unavailable`. */
export function openForWriting(folder: string): Opened {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = holdFolder(folder)
  try {
    const file = databaseFile(folder)
    if (!existsSync(file)) create(file)
    return { file, ...openWhole(file, lock) }
  } catch (thrown) {
    lock.close()
    throw sentence(thrown, folder)
  }
}

/** Opens a file that the writer has opened, for reading only. */
export function openForReading(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS })
  db.exec(`PRAGMA cache_size = -${CACHE_KIB.reader}; PRAGMA query_only = ON`)
  return db
}

/** An open exclusive transaction on a file of its own: the system ends it with the process, however that ends. */
function holdFolder(folder: string): DatabaseSync {
  const path = join(folder, LOCK)
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (thrown) {
    lock.close()
    if (troubleOf(thrown)?.fatal === false)
      throw new Failure('unavailable', `Another server uses the data folder ${folder}: stop it, or set another folder`)
    throw sentence(thrown, folder)
  }
}

/** Makes the file under another name first, so that a half-made one is never taken for ours. */
function create(file: string): void {
  const draft = `${file}.new`
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true })
  closeSync(openSync(draft, 'wx', 0o600))
  const db = new DatabaseSync(draft)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  migrate(db)
  db.close()
  rmSync(`${file}-wal`, { force: true })
  renameSync(draft, file)
}

function openWhole(file: string, lock: DatabaseSync): Omit<Opened, 'file'> {
  checkHeader(file)
  chmodSync(file, 0o600)
  const isWalThere = existsSync(`${file}-wal`)
  const db = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    db.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -${CACHE_KIB.writer}; PRAGMA journal_mode = WAL`)
    checkVersion(db, file)
    checkWhole(db, file)
    checkLog(db, { file, isWalThere })
    const migrated = migrate(db)
    setRunning(db, identity(file))
    const close = (): void => {
      try {
        setRunning(db, null)
      } finally {
        db.close()
        lock.close()
      }
    }
    return { db, migrated, close }
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/** Not SQLite's own check alone, since it takes an empty file for a new database. */
function checkHeader(file: string): void {
  const start = Buffer.alloc(HEADER.length)
  const handle = openSync(file, 'r')
  const length = readSync(handle, start)
  closeSync(handle)
  if (length === 0) throw damaged(file, 'it is empty')
  if (start.toString('latin1') !== HEADER) throw damaged(file, 'it is not a database')
}

function checkWhole(db: DatabaseSync, file: string): void {
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'payload'`).all()
  const checks =
    statSync(file).size <= CHECK_ALL_BYTES
      ? ['PRAGMA quick_check(1)']
      : names.map(({ name }) => `PRAGMA quick_check('${String(name)}')`)
  for (const check of checks) {
    const found = db.prepare(check).get()?.quick_check
    if (found !== 'ok') throw damaged(file, String(found).replaceAll(/\s+/g, ' '))
  }
}

/**
 * A server that was killed leaves its last commits in the file beside the database. When that file is gone although
 * this very file was in use, they may be lost, and nobody would notice; or another program has opened the database
 * since, and taken them in. Only a person can tell. A copy is another file, and is taken as it is.
 */
function checkLog(db: DatabaseSync, { file, isWalThere }: { file: string; isWalThere: boolean }): void {
  const running = db.prepare('SELECT value FROM setting WHERE key = ?').get(RUNNING)?.value
  if (isWalThere || running !== identity(file)) return
  throw new Failure(
    'unavailable',
    `${file}-wal is missing, which held the last changes when the server was killed: put it back; or, if another program (sqlite3) opened the database since and so took them in, or to go on without them, make an empty file of that name`,
  )
}

function identity(file: string): string {
  const { dev, ino } = statSync(file, { bigint: true })
  return `${dev}:${ino}`
}

/** Notes in the database file itself, not only in the log beside it, who has it open. */
function setRunning(db: DatabaseSync, who: string | null): void {
  if (who === null) db.prepare('DELETE FROM setting WHERE key = ?').run(RUNNING)
  else db.prepare('INSERT OR REPLACE INTO setting VALUES (?, ?)').run(RUNNING, who)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

function damaged(file: string, how: string): Failure {
  return new Failure(
    'unavailable',
    `${file} is damaged (${how}): restore a backup of it, or move it away and save what can be read with: sqlite3 ${file} .recover`,
  )
}

function sentence(thrown: unknown, folder: string): Failure {
  if (thrown instanceof Failure) return thrown
  const trouble = troubleOf(thrown)
  if (trouble?.fatal) return damaged(databaseFile(folder), thrown instanceof Error ? thrown.message : 'unreadable')
  const why = trouble?.refusal.message ?? (thrown instanceof Error ? thrown.message : String(thrown))
  return new Failure('unavailable', `The data folder ${folder} cannot be used: ${why}`, { cause: thrown })
}
