// Lets nothing undo what was done to a Signal session meanwhile: a key that is used twice makes a message that nobody can
// read.
//
//   - libsignal queues jobs by the other side's address, for all accounts of the process, and runs each in the context
//     of the one that opened the queue: what it writes would belong to a transaction that is another's, or over.
//   - The library sends in a transaction of its own, which writes sessions as they were when it began over what was
//     received in the meantime.
//   - And it writes them after the message went out: a process that ends in between would use the same key again.
import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import type { SignalDataSet, SignalKeyStoreWithTransaction, SocketConfig } from 'baileys'

type Encrypting = Pick<ReturnType<SocketConfig['makeSignalRepository']>, 'encryptMessage' | 'encryptGroupMessage'>

/** The parts of libsignal that queue. */
interface SignalCipher {
  queueJob(job: () => Promise<unknown>): Promise<unknown>
}
interface SignalBuilder {
  readonly storage: object
  initOutgoing(device: unknown): Promise<unknown>
}

/** Waited for by some that have their turn already; sessions are none of its business. */
const APART = 'lid-mapping'

const require = createRequire(import.meta.url)

/** Has each job of libsignal run where it was asked for. */
export function keepContexts(): void {
  const { prototype: cipher }: { prototype: SignalCipher } = require('libsignal/src/session_cipher.js')
  const { queueJob } = cipher
  cipher.queueJob = function (job) {
    return queueJob.call(this, AsyncLocalStorage.bind(job))
  }
  const { prototype: builder }: { prototype: SignalBuilder } = require('libsignal/src/session_builder.js')
  const { initOutgoing } = builder
  // Its job is made within: what can be taken along is the storage that the job works on.
  builder.initOutgoing = function (device) {
    return initOutgoing.call(Object.create(this, { storage: { value: takenAlong(this.storage) } }), device)
  }
}

/** The same storage, every call of which runs in the context of now. */
function takenAlong(storage: object): object {
  const here = AsyncLocalStorage.snapshot()
  return new Proxy(storage, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name)
      return typeof value === 'function' ? (...given: unknown[]) => here(() => Reflect.apply(value, of, given)) : value
    },
  })
}

/** Has the transactions of one connection follow each other, whatever they are about. */
export function takeTurns(keys: SignalKeyStoreWithTransaction): void {
  const transaction = keys.transaction.bind(keys)
  keys.transaction = (work, about) => transaction(work, about === APART ? APART : 'turn')
}

/** What encryption used up: on disk before any frame goes out that may have been made with it. */
export interface UsedKeys {
  /** The same encryption, with what it uses up noted. */
  noting(repository: Encrypting, keys: SignalKeyStoreWithTransaction): Encrypting
  /** Resolves when all that was noted is on disk: one unit for a message, to however many devices it goes. */
  kept(): Promise<void>
}

export function createUsedKeys(): UsedKeys {
  const outside = AsyncLocalStorage.snapshot()
  const encrypting = new AsyncLocalStorage<true>()
  let noted: SignalDataSet[] = []
  let write: (data: SignalDataSet) => Promise<void> = async () => {}
  let last: Promise<void> = Promise.resolve()
  return {
    noting(repository, keys) {
      const set = keys.set.bind(keys)
      write = async (data) => set(data)
      keys.set = async (data) => {
        await write(data)
        if (encrypting.getStore()) noted.push(data)
      }
      const { encryptMessage, encryptGroupMessage } = repository
      return {
        encryptMessage: (asked) => encrypting.run(true, () => encryptMessage.call(repository, asked)),
        encryptGroupMessage: (asked) => encrypting.run(true, () => encryptGroupMessage.call(repository, asked)),
      }
    },
    kept() {
      if (noted.length === 0) return last
      const data = merged(noted)
      noted = []
      // Beside the transaction that this is part of, which ends when the message has gone out.
      last = Promise.all([last, outside(write, data)]).then(() => {})
      return last
    },
  }
}

/** The newest of each. */
function merged(sets: readonly SignalDataSet[]): SignalDataSet {
  const all: Record<string, Record<string, unknown>> = {}
  for (const [type, values] of sets.flatMap((set) => Object.entries(set))) all[type] = { ...all[type], ...values }
  return all as SignalDataSet
}
