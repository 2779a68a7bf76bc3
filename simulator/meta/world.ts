// What every part of the simulator works on: the state, the time, and the way out.
import type { Activity } from './activity.ts'
import type { Outbox } from './callbacks/outbox.ts'
import type { Caller } from './callbacks/post.ts'
import type { Spool } from './spool.ts'
import type { Account, App, PhoneNumber, State } from './state.ts'

export type World = {
  readonly state: State
  readonly activity: Activity
  readonly outbox: Outbox
  readonly caller: Caller
  /** Where files lie that came in. */
  readonly spool: Spool
  /** Where the simulator is reached; '' until it listens. */
  readonly address: { url: string }
  /** Milliseconds that a receiver has to answer. */
  readonly callbackTimeoutMs: number
  /** Milliseconds since the epoch, by the simulator's clock. */
  now(): number
}

/** The number of this id; fails with a sentence for those who drive the simulator. */
export function needNumber(state: State, id: string): PhoneNumber {
  const number = state.numbers.get(id)
  if (!number) throw new Error(`no number has the id ${id}`)
  return number
}

/** The account of this id; fails like `needNumber`. */
export function needAccount(state: State, id: string): Account {
  const account = state.accounts.get(id)
  if (!account) throw new Error(`no account has the id ${id}`)
  return account
}

/** The app of this id; fails like `needNumber`. */
export function needApp(state: State, id: string): App {
  const app = state.apps.get(id)
  if (!app) throw new Error(`no app has the id ${id}`)
  return app
}
