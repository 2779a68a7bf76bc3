// The load generator, a process of its own: closed loop (as fast as answers come) and open loop (at a rate, come what may).
import { callbackMaker, sendMaker, sendRequest } from './callbacks.ts'
import { answerCalls } from './child.ts'
import { type Connection, openConnections } from './connections.ts'
import { moment, type Spread, spreadOf } from './moment.ts'

export interface Target {
  readonly url: string
  /** Set for `POST /api/send`; absent for callbacks. */
  readonly key?: string
  readonly connections: number
  readonly seconds: number
}

export interface Loaded {
  /** Answers 2xx, and others. */
  readonly ok: number
  readonly refused: number
  /** Moments of the first request and the last answer, µs. */
  readonly from: number
  readonly to: number
  /** From when a request was to go out until its answer. */
  readonly latency: Spread
}

/** Requests that are made before the clock runs: what the load generator does while it measures is next to nothing. */
const MADE_AHEAD_A_SECOND = 25_000
/** How long answers are waited for after the last request, ms. */
const LAST_ANSWERS_MS = 5_000

function makerOf(target: Target): (moment: number) => Buffer {
  const url = new URL(target.url)
  return target.key === undefined ? callbackMaker(url) : sendMaker(url, target.key)
}

/** Counts the answers of one run. */
function tally(from: number) {
  const counts = { ok: 0, refused: 0 }
  const took: number[] = []
  let last = from
  return {
    answer(since: number, status: number) {
      last = moment()
      took.push(last - since)
      if (status >= 200 && status < 300) counts.ok += 1
      else counts.refused += 1
    },
    loaded: (): Loaded => ({ ...counts, from, to: last, latency: spreadOf(took) }),
  }
}

async function closed(target: Target): Promise<Loaded> {
  const make = makerOf(target)
  const made = Array.from({ length: MADE_AHEAD_A_SECOND * target.seconds }, () => make(0))
  const connections = await openConnections(new URL(target.url), target.connections)
  const from = moment()
  const until = from + target.seconds * 1e6
  const count = tally(from)
  await Promise.all(connections.map((connection) => keepBusy(connection)))
  for (const connection of connections) connection.close()
  return count.loaded()

  function keepBusy(connection: Connection): Promise<void> {
    return new Promise((resolve) => {
      const next = () => {
        const at = moment()
        if (at >= until) return resolve()
        connection.exchange(made.pop() ?? make(0), (status) => {
          count.answer(at, status)
          if (status === 0) resolve()
          else next()
        })
      }
      next()
    })
  }
}

/**
 * Requests go out at their time, give or take the millisecond of a timer; when no connection is free they wait, and
 * their waiting counts as latency.
 */
async function open(target: Target & { rate: number }): Promise<Loaded> {
  const make = makerOf(target)
  const idle = await openConnections(new URL(target.url), target.connections)
  const all = [...idle]
  const gap = 1e6 / target.rate
  const most = Math.floor(target.rate * target.seconds)
  const from = moment()
  const count = tally(from)
  const waiting: number[] = []
  let asked = 0
  let answered = 0
  await new Promise<void>((resolve) => {
    const push = () => {
      while (waiting.length > 0) {
        const connection = idle.pop()
        if (!connection) return
        const due = waiting.shift() ?? from
        connection.exchange(make(due), (status) => {
          count.answer(due, status)
          answered += 1
          if (status !== 0) idle.push(connection)
          push()
        })
      }
    }
    const timer = setInterval(() => {
      const now = moment()
      while (asked < most && from + asked * gap <= now) {
        waiting.push(now)
        asked += 1
      }
      push()
      const isOver = now > from + target.seconds * 1e6 + LAST_ANSWERS_MS * 1000
      if (answered < most && !isOver) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  for (const connection of all) connection.close()
  return count.loaded()
}

/** What `sends` is told: every account has a connection of its own. */
export interface Sends {
  readonly url: string
  readonly key: string
  readonly accounts: readonly string[]
  readonly to: readonly string[]
  /** Texts of each account to each of `to`. */
  readonly each: number
}

/** Every account sends, one message after the answer to the one before; answers how many were taken. */
async function sends({ url, key, accounts, to, each }: Sends): Promise<number> {
  const target = new URL(url)
  const connections = await openConnections(target, accounts.length)
  const exchange = (connection: Connection, request: Buffer) =>
    new Promise<number>((resolve) => connection.exchange(request, resolve))
  let ok = 0
  const sendAll = async (connection: Connection, account_id: string | undefined) => {
    for (let no = 0; no < each; no += 1) {
      for (const number of to) {
        const text = `Your order ${no} is on its way.`
        const status = await exchange(connection, sendRequest(target, key, { account_id, to: `+${number}`, text }))
        if (status >= 200 && status < 300) ok += 1
      }
    }
  }
  await Promise.all(connections.map((connection, index) => sendAll(connection, accounts[index])))
  for (const connection of connections) connection.close()
  return ok
}

const calls = { closed, open, sends }
export type LoadCalls = typeof calls

answerCalls(calls)
