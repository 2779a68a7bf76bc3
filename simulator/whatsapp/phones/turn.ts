// One thing after the other on each phone: two messages at once would begin the same session twice.
import type { Account } from '../state.ts'

const last = new WeakMap<Account, Promise<unknown>>()

/** Does something on a phone once everything before it is done there. */
export function inTurn<T>(account: Account, work: () => Promise<T>): Promise<T> {
  const before = last.get(account) ?? Promise.resolve()
  const done = before.then(work, work)
  last.set(account, done)
  return done
}
