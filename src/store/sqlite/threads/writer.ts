// The writer's thread: owns the one connection that writes, and commits whole batches of units of work.
import { parentPort, workerData } from 'node:worker_threads'
import type { Connection } from '../connection.ts'
import { connection } from '../connection.ts'
import type { Opened } from '../open.ts'
import { openForWriting } from '../open.ts'
import { readUnits, writeUnits } from '../units.ts'
import type { BatchAnswer, Refusal, WriterReady } from './ports.ts'
import { refusalOf, troubleOf } from './refusal.ts'

type Run = (argument: unknown) => unknown

/** A batch on its way here: name and argument of each unit in turn. Null: close. */
export type Batch = readonly unknown[] | null

function start(): void {
  const port = parentPort
  if (!port) return
  const say = (message: WriterReady | BatchAnswer | 'closed'): void => port.postMessage(message)
  try {
    const opened = openForWriting(workerData.folder)
    const c = connection(opened.db)
    const units = allUnits(c)
    const canary = c.one<{ value: string }>(`SELECT value FROM setting WHERE key = 'store.canary'`)
    port.on('message', (batch: Batch) => {
      if (batch) return say(commit(c, units, batch))
      closeQuietly(opened)
      say('closed')
      port.close()
    })
    say({ ready: { ...opened.migrated, file: opened.file, canary: canary?.value ?? null } })
  } catch (thrown) {
    say({ refused: refusalOf(thrown) })
    port.close()
  }
}

/** What the writer can be asked: to write, and (as `read:<name>`) to read. */
function allUnits(c: Connection): Map<string, Run> {
  const reads = Object.entries(readUnits(c)).map(([name, read]) => [`read:${name}`, read])
  return new Map([...Object.entries(writeUnits(c)), ...reads] as [string, Run][])
}

/** What does not fit on a full disk now stays in the log beside the database, and is read at the next start. */
function closeQuietly(opened: Opened): void {
  try {
    opened.close()
  } catch (thrown) {
    if (!troubleOf(thrown)) throw thrown
  }
}

/** All of a batch in one transaction; when one unit fails, again with each in a savepoint, to leave out only that one. */
function commit(c: Connection, units: ReadonlyMap<string, Run>, batch: readonly unknown[]): BatchAnswer {
  try {
    return transaction(c, () => {
      const values: unknown[] = []
      for (let at = 0; at < batch.length; at += 2) values.push(run(units, batch, at))
      return { values, refusals: [], trouble: null }
    })
  } catch (thrown) {
    const trouble = troubleOf(thrown)
    if (trouble) return { values: [], refusals: [], trouble }
    if (batch.length === 2) return { values: [undefined], refusals: [[0, refusalOf(thrown)]], trouble: null }
  }
  return commitSingly(c, units, batch)
}

function commitSingly(c: Connection, units: ReadonlyMap<string, Run>, batch: readonly unknown[]): BatchAnswer {
  try {
    return transaction(c, () => {
      const values: unknown[] = []
      const refusals: [number, Refusal][] = []
      for (let at = 0; at < batch.length; at += 2) {
        c.db.exec('SAVEPOINT unit')
        try {
          values.push(run(units, batch, at))
        } catch (thrown) {
          if (troubleOf(thrown)) throw thrown
          c.db.exec('ROLLBACK TO unit')
          c.rolledBack()
          refusals.push([values.push(undefined) - 1, refusalOf(thrown)])
        }
        c.db.exec('RELEASE unit')
      }
      return { values, refusals, trouble: null }
    })
  } catch (thrown) {
    const trouble = troubleOf(thrown) ?? { refusal: refusalOf(thrown), fatal: false }
    return { values: [], refusals: [], trouble }
  }
}

function transaction<Value>(c: Connection, work: () => Value): Value {
  c.db.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    c.db.exec('COMMIT')
    c.committed()
    return value
  } catch (thrown) {
    // After some errors (a full disk among them) SQLite has rolled back already.
    if (c.db.isTransaction) c.db.exec('ROLLBACK')
    c.rolledBack()
    throw thrown
  }
}

function run(units: ReadonlyMap<string, Run>, batch: readonly unknown[], at: number): unknown {
  const unit = units.get(String(batch[at]))
  if (!unit) throw new Error(`The writer knows no unit ${String(batch[at])}`)
  return unit(batch[at + 1])
}

start()
