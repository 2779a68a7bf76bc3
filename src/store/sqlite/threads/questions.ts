// The main thread's side of the reader: starts it with the first question, and hands out the answers.
import { Worker } from 'node:worker_threads'
import { Failure } from '../../../model/failure.ts'
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

/** Without questions for so long, the thread ends and gives its memory back; the next question starts another. ms */
const IDLE_MS = 10_000

/**
 * Questions of a start, and those that a linked device has at every message, each of a few rows: while no reader runs,
 * the writer answers them, so that an idle server does not carry a second thread's 15 MB.
 */
const SMALL: ReadonlySet<string> = new Set([
  'accounts',
  'hooks',
  'keys',
  'setting',
  'head',
  'progress',
  'unsettled',
  'waitingMedia',
  'credentials',
  'sessionKeys',
])

export interface QuestionParts {
  /** The database. */
  readonly file: string
  /** Where the reader's thread begins. */
  readonly script: URL
  /** Asks the writer instead. */
  readonly askWriter: (name: string, argument: unknown) => Promise<unknown>
}

export function questions({ file, script, askWriter }: QuestionParts): Questions {
  const asked = new Map<number, Asked>()
  let last = 0
  let reader: Worker | null = null
  let idle: NodeJS.Timeout | null = null
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
      if (asked.size === 0) idle = setTimeout(retire, IDLE_MS).unref()
    })
    // An error ends the thread; the next question starts another.
    worker.on('error', (thrown) => reader === worker && end(`The database could not be read: ${thrown.message}`))
    worker.on('exit', () => reader === worker && end('The database is closed'))
    return worker
  }
  const retire = (): void => {
    const resting = reader
    reader = null
    resting?.postMessage(null)
  }
  return {
    ask(name, argument) {
      if (!reader && SMALL.has(name)) return askWriter(name, argument)
      return new Promise((resolve, reject) => {
        if (idle) clearTimeout(idle)
        idle = null
        reader ??= begin()
        last += 1
        asked.set(last, { resolve, reject })
        const question: Question = [last, name, argument]
        reader.postMessage(question)
      })
    },
    close: () =>
      new Promise((resolve) => {
        if (!reader) return resolve()
        reader.once('exit', () => resolve())
        reader.postMessage(null)
      }),
  }
}
