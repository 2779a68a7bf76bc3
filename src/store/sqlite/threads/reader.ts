// The reader's thread: answers every question on its own snapshot of what is committed, so that no scan stops a commit.
import { parentPort, workerData } from 'node:worker_threads'
import { connection } from '../connection.ts'
import { openForReading } from '../open.ts'
import { readUnits } from '../units.ts'
import type { Question, Refusal, Reply } from './ports.ts'
import { refusalOf, troubleOf } from './refusal.ts'

type Answer = (argument: unknown) => unknown

function start(): void {
  const port = parentPort
  if (!port) return
  const db = openForReading(workerData.file)
  const units = new Map<string, Answer>(Object.entries(readUnits(connection(db))) as [string, Answer][])
  const answer = (name: string, argument: unknown): unknown => {
    const unit = units.get(name)
    if (!unit) throw new Error(`The reader knows no question ${name}`)
    db.exec('BEGIN')
    try {
      return unit(argument)
    } finally {
      if (db.isTransaction) db.exec('COMMIT')
    }
  }
  port.on('message', (question: Question | null) => {
    if (!question) {
      db.close()
      port.close()
      return
    }
    const [id, name, argument] = question
    port.postMessage(reply(id, () => answer(name, argument)))
  })
}

function reply(id: number, ask: () => unknown): Reply {
  try {
    return [id, ask(), null]
  } catch (thrown) {
    const refusal: Refusal = troubleOf(thrown)?.refusal ?? refusalOf(thrown)
    return [id, null, refusal]
  }
}

start()
