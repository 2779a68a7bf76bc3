// Whose turn it is to send: no account, and no chat of it, goes faster than its owner allowed. What comes faster waits.
import type { Clock, Timer } from '../../kit/clock.ts'
import type { Pacing } from '../../model/account.ts'
import { type Bucket, drain, type Measure, newBucket, waitFor } from './bucket.ts'

/** Chats remembered before those that nothing counts for any more are looked for. */
const SWEEP_AT = 1024

export interface Pacer {
  /** Takes a turn at once; false when there is none, or when others have waited for it longer. */
  take(account: string, chat: string): boolean
  /** Gives back a turn that nothing went out with. */
  giveBack(account: string, chat: string): void
  /** Resolves true when it is this message's turn, false when none comes any more (`stop`). */
  wait(account: string, chat: string): Promise<boolean>
  /** When the next one that waits goes, ms since epoch; null when none waits. */
  nextAt(account: string): number | null
  /** The account's pacing has changed, or the account is gone. */
  changed(account: string): void
  stop(): void
}

export interface PacerDeps {
  readonly clock: Clock
  readonly pacing: (account: string) => Pacing
}

/** What one chat was sent, and its messages that wait for their turn, in the order of arrival. */
interface Pair extends Bucket {
  readonly waiting: ((turn: boolean) => void)[]
}

/** Turns by the clock that goes on evenly: a wall clock that is set ahead must not let everything go at once. */
export function createPacer({ clock, pacing }: PacerDeps): Pacer {
  const accounts = new Map<string, AccountPacer>()
  const steady = clock.steady ?? (() => clock.now())
  let stopped = false
  const of = (account: string): AccountPacer => {
    const found = accounts.get(account)
    if (found) return found
    const made = new AccountPacer({ clock, steady, pacing: pacing(account) })
    accounts.set(account, made)
    return made
  }
  return {
    take: (account, chat) => !stopped && of(account).take(chat),
    giveBack: (account, chat) => of(account).giveBack(chat),
    wait: (account, chat) => (stopped ? Promise.resolve(false) : of(account).wait(chat)),
    nextAt: (account) => accounts.get(account)?.nextAt() ?? null,
    changed: (account) => accounts.get(account)?.repace(pacing(account)),
    stop() {
      stopped = true
      for (const one of accounts.values()) one.stop()
    },
  }
}

/**
 * Chats with messages that wait: those whose own limit lets them go are in `ready`, in the order in which that came
 * about, each for one message, so that no chat starves another. Those whose limit does not are in `parked`, by the time
 * when it will.
 */
class AccountPacer {
  readonly #clock: Clock
  readonly #steady: () => number
  readonly #bucket: Bucket
  readonly #pairs = new Map<string, Pair>()
  readonly #ready = new Set<Pair>()
  #parked: { readonly pair: Pair; readonly due: number }[] = []
  #whole: Measure
  #each: Measure
  #sweepAt = SWEEP_AT
  #timer: Timer | null = null

  constructor({ clock, steady, pacing }: { clock: Clock; steady: () => number; pacing: Pacing }) {
    this.#clock = clock
    this.#steady = steady
    this.#bucket = newBucket(steady())
    this.#whole = wholeOf(pacing)
    this.#each = eachOf(pacing)
  }

  take(chat: string): boolean {
    const now = this.#steady()
    this.#pump(now)
    const pair = this.#pair(chat, now)
    if (this.#ready.size > 0 || pair.waiting.length > 0) return false
    drain(this.#bucket, this.#whole, now)
    if (waitFor(this.#bucket, this.#whole) > 0 || waitFor(pair, this.#each) > 0) return false
    this.#spend(pair)
    return true
  }

  giveBack(chat: string): void {
    const now = this.#steady()
    const pair = this.#pair(chat, now)
    drain(this.#bucket, this.#whole, now)
    pair.level = Math.max(pair.level - 1, 0)
    this.#bucket.level = Math.max(this.#bucket.level - 1, 0)
    const parked = this.#parked.findIndex((one) => one.pair === pair)
    if (parked >= 0) {
      this.#parked.splice(parked, 1)
      this.#place(pair, now)
    }
    this.#pump(now)
  }

  wait(chat: string): Promise<boolean> {
    const now = this.#steady()
    const pair = this.#pair(chat, now)
    const turn = Promise.withResolvers<boolean>()
    pair.waiting.push(turn.resolve)
    if (pair.waiting.length === 1) this.#place(pair, now)
    this.#pump(now)
    return turn.promise
  }

  nextAt(): number | null {
    const inMs = this.#nextIn(this.#steady())
    return inMs === null ? null : this.#clock.now() + Math.ceil(inMs)
  }

  repace(pacing: Pacing): void {
    const now = this.#steady()
    for (const pair of this.#pairs.values()) drain(pair, this.#each, now)
    drain(this.#bucket, this.#whole, now)
    this.#whole = wholeOf(pacing)
    this.#each = eachOf(pacing)
    const parked = this.#parked
    this.#parked = []
    for (const { pair } of parked) this.#place(pair, now)
    this.#pump(now)
  }

  stop(): void {
    this.#timer?.cancel()
    for (const { waiting } of this.#pairs.values()) for (const go of waiting.splice(0)) go(false)
    this.#ready.clear()
    this.#parked = []
  }

  /** Lets everybody go whose turn it is, and sets the timer for the next. */
  #pump(now: number): void {
    if (this.#ready.size === 0 && this.#parked.length === 0) return
    for (let first = this.#parked[0]; first && first.due <= now; first = this.#parked[0]) {
      this.#parked.shift()
      this.#ready.add(first.pair)
    }
    drain(this.#bucket, this.#whole, now)
    // What is put back at its end is come to in the same round.
    for (const pair of this.#ready) {
      if (waitFor(this.#bucket, this.#whole) > 0) break
      this.#ready.delete(pair)
      drain(pair, this.#each, now)
      if (waitFor(pair, this.#each) === 0) {
        this.#spend(pair)
        pair.waiting.shift()?.(true)
      }
      if (pair.waiting.length > 0) this.#place(pair, now)
    }
    this.#arm(now)
  }

  #place(pair: Pair, now: number): void {
    drain(pair, this.#each, now)
    const inMs = waitFor(pair, this.#each)
    if (inMs === 0) {
      this.#ready.add(pair)
      return
    }
    const due = now + inMs
    const before = this.#parked.findLastIndex((one) => one.due <= due)
    this.#parked.splice(before + 1, 0, { pair, due })
  }

  #spend(pair: Pair): void {
    pair.level += 1
    this.#bucket.level += 1
  }

  #arm(now: number): void {
    this.#timer?.cancel()
    const inMs = this.#nextIn(now)
    this.#timer = inMs === null ? null : this.#clock.after(Math.ceil(inMs), () => this.#pump(this.#steady()))
  }

  #nextIn(now: number): number | null {
    const first = this.#parked[0]
    if (this.#ready.size === 0 && !first) return null
    drain(this.#bucket, this.#whole, now)
    const whole = waitFor(this.#bucket, this.#whole)
    return this.#ready.size > 0 || !first ? whole : Math.max(whole, first.due - now, 0)
  }

  #pair(chat: string, now: number): Pair {
    const found = this.#pairs.get(chat)
    if (found) {
      drain(found, this.#each, now)
      return found
    }
    if (this.#pairs.size >= this.#sweepAt) this.#sweep(now)
    const made: Pair = { ...newBucket(now), waiting: [] }
    this.#pairs.set(chat, made)
    return made
  }

  /** Forgets chats that nothing counts for any more. */
  #sweep(now: number): void {
    for (const [chat, pair] of this.#pairs) {
      drain(pair, this.#each, now)
      if (pair.level === 0 && pair.waiting.length === 0) this.#pairs.delete(chat)
    }
    this.#sweepAt = Math.max(SWEEP_AT, this.#pairs.size * 2)
  }
}

/** At least one goes at once, however little is allowed. */
function wholeOf({ perSecond }: Pacing): Measure {
  return { most: Math.max(1, perSecond), everyMs: 1000 / perSecond }
}

function eachOf({ pairBurst, pairEveryS }: Pacing): Measure {
  return { most: Math.max(1, pairBurst), everyMs: pairEveryS * 1000 }
}
