// Keeps the order of one hook: one delivery in flight per chat, in the order of recording, chats in parallel.
import type { RecordedEvent } from '../model/event.ts'
import type { DeliveryRow } from '../store/store.ts'

/** A delivery that is in memory. */
export interface Job {
  readonly event: RecordedEvent
  /** How often it was tried. */
  attempts: number
  /** Its first attempt, ms since epoch. */
  firstAt: number | null
  /** Whether the store has a row for it. */
  readonly row: boolean
  /** Whether it no longer holds up its chat. */
  readonly released: boolean
  /** Taken out of the cache while it was being sent: if it fails, it is not tried again. */
  dropped: boolean
}

/** A delivery that the store has a row for. */
export function jobOf(row: DeliveryRow, event: RecordedEvent): Job {
  return { event, attempts: row.attempts, firstAt: row.firstAt, row: true, released: row.released, dropped: false }
}

/**
 * The lane of one chat. It is there only while something of the chat is unfinished:
 *   running  a job is ready or in flight; followers wait in `fifo`
 *   blocked  its head failed and waits in the store for its retry; followers are held in the store
 *   thawing  its head went through, and what is held in the store is to be read
 */
interface Lane {
  running: Job | null
  fifo: Job[]
  /** The store has rows `held` of this chat, or will have: new events must queue behind them. */
  held: boolean
  /** The failed event that blocks it; null when none does, or only the store knows. */
  head: number | null
}

export type Admission = 'start' | 'wait' | 'hold'

export class Lanes {
  readonly #lanes = new Map<string, Lane>()

  /** Takes up what a restart found: `held` rows without a head in front of them are the caller's to thaw. */
  restore(chat: string, held: boolean): void {
    this.#lanes.set(chat, { running: null, fifo: [], held, head: null })
  }

  /** What to do with an event that comes in its order. */
  admit(chat: string, job: Job): Admission {
    const lane = this.#lanes.get(chat)
    if (!lane) {
      this.#lanes.set(chat, { running: job, fifo: [], held: false, head: null })
      return 'start'
    }
    if (lane.held || lane.running === null) {
      lane.held = true
      return 'hold'
    }
    lane.fifo.push(job)
    return 'wait'
  }

  /** A head that waited for its retry is tried again. False when the chat is busy with another: then try it later. */
  resume(chat: string, job: Job): boolean {
    const lane = this.#lanes.get(chat)
    if (!lane) this.#lanes.set(chat, { running: job, fifo: [], held: false, head: null })
    else if (lane.running) return false
    else {
      lane.running = job
      lane.head = null
    }
    return true
  }

  /** The job no longer holds up its chat: the next one to start, or 'thaw' when the next are held in the store. */
  leave(chat: string, job: Job): Job | 'thaw' | null {
    const lane = this.#lanes.get(chat)
    if (lane?.running !== job) return null
    lane.running = lane.fifo.shift() ?? null
    if (lane.running) return lane.running
    if (lane.held) return 'thaw'
    this.#lanes.delete(chat)
    return null
  }

  /** The job failed and holds up its chat: its followers, which the store must hold from now on. */
  block(chat: string, job: Job): Job[] {
    const lane = this.#lanes.get(chat)
    if (lane?.running !== job) return []
    const followers = lane.fifo
    lane.running = null
    lane.head = job.event.seq
    lane.fifo = []
    if (followers.length > 0) lane.held = true
    return followers
  }

  /** Whether nothing of the chat is ready or in flight. */
  idle(chat: string): boolean {
    return !this.#lanes.get(chat)?.running
  }

  /** What the store held of an idle chat, in order; `all` when it has no more. The first of them to start, or null. */
  thawed(chat: string, jobs: Job[], all: boolean): Job | null {
    const lane = this.#lanes.get(chat)
    if (!lane) return null
    lane.held = !all
    lane.head = null
    lane.fifo = jobs
    lane.running = lane.fifo.shift() ?? null
    if (!lane.running && !lane.held) this.#lanes.delete(chat)
    return lane.running
  }

  /** The chats with nothing ready or in flight, each with the event that blocks it, as far as that is known. */
  blocked(): { chat: string; head: number | null }[] {
    const found: { chat: string; head: number | null }[] = []
    for (const [chat, { running, head }] of this.#lanes) if (!running) found.push({ chat, head })
    return found
  }

  /** Whether the chat is still blocked by that same event. */
  isBlockedBy(chat: string, head: number | null): boolean {
    const lane = this.#lanes.get(chat)
    return lane !== undefined && !lane.running && lane.head === head
  }

  /** Takes a waiting job out; false when it is not waiting here. */
  remove(chat: string, seq: number): boolean {
    const lane = this.#lanes.get(chat)
    const at = lane?.fifo.findIndex((job) => job.event.seq === seq) ?? -1
    if (at < 0) return false
    lane?.fifo.splice(at, 1)
    return true
  }
}
