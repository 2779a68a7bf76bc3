// The main thread's side of the reader: starts it with the first question, and hands out the answers.
import { Worker } from 'node:worker_threads'
import { Failure } from '../../model/failure.ts'
import type { Question, Reply } from './ports.ts'
import { failure } from './refusal.ts'

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: Failure) => void
}

export interface Questions {
  ask(name: string, argument: unknown): Promise<unknown>
  /** Answers what was asked, then ends the reader. */
  close(): Promise<void>
}

/** `file` is the database; `script` is where the reader's thread begins. */
export function questions(file: string, script: URL): Questions {
  const asked = new Map<number, Asked>()
  let last = 0
  let reader: Worker | null = null
  const end = (reason: string): void => {
    reader = null
    for (const { reject } of asked.values()) reject(new Failure('unavailable', reason, { retryAfterS: 5 }))
    asked.clear()
  }
  const begin = (): Worker => {
    const worker = new Worker(script, { workerData: { file } })
    worker.on('message', ([id, value, refusal]: Reply) => {
      const one = asked.get(id)
      asked.delete(id)
      if (refusal) one?.reject(failure(refusal))
      else one?.resolve(value)
    })
    // An error ends the thread; the next question starts another.
    worker.on('error', (thrown) => end(`The database could not be read: ${thrown.message}`))
    worker.on('exit', () => end('The database is closed'))
    return worker
  }
  return {
    ask: (name, argument) =>
      new Promise((resolve, reject) => {
        reader ??= begin()
        last += 1
        asked.set(last, { resolve, reject })
        const question: Question = [last, name, argument]
        reader.postMessage(question)
      }),
    close: () =>
      new Promise((resolve) => {
        if (!reader) return resolve()
        reader.once('exit', () => resolve())
        reader.postMessage(null)
      }),
  }
}
