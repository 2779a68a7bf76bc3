// Messages on their way that wait for WhatsApp to say that it took them.
import type { Clock, Timer } from '../../../kit/clock.ts'

/** `error` null: taken; else WhatsApp's code. `none`: nothing was heard in time, or the connection ended first. */
export type Ack = { readonly is: 'told'; readonly error: string | null } | { readonly is: 'none'; readonly why: string }

export interface Acks {
  /** Begin before the message is written: the answer may come before the writing is done. */
  wait(id: string): Promise<Ack>
  /** It is written: from now on WhatsApp has its time to answer. */
  written(id: string): void
  told(id: string, error: string | null): void
  /** It was not written after all; its wait never ends. */
  forget(id: string): void
  /** The connection is gone. */
  cut(): void
}

export interface AcksDeps {
  readonly clock: Clock
  /** How long WhatsApp has to say that it took a message, ms. */
  readonly ackWithinMs: number
  /** How long writing may take, with all that is asked before it, ms. */
  readonly writeWithinMs: number
}

/** How long the writing of a message has to fail by itself once its connection is gone, ms. */
const FAIL_WITHIN_MS = 5000
const ENDED = 'the connection to WhatsApp ended before it said that it took the message'

interface Waiting {
  readonly end: (ack: Ack) => void
  timer: Timer
  isWritten: boolean
}

export function createAcks({ clock, ackWithinMs, writeWithinMs }: AcksDeps): Acks {
  const waiting = new Map<string, Waiting>()
  const endAfter = (end: Waiting['end'], ms: number, why: string): Timer =>
    clock.after(ms, () => end({ is: 'none', why }))
  return {
    wait(id) {
      const { promise, resolve } = Promise.withResolvers<Ack>()
      const end = (ack: Ack): void => {
        waiting.get(id)?.timer.cancel()
        waiting.delete(id)
        resolve(ack)
      }
      const timer = endAfter(end, writeWithinMs, `it was not written within ${secondsOf(writeWithinMs)}`)
      waiting.set(id, { end, timer, isWritten: false })
      return promise
    },
    written(id) {
      const one = waiting.get(id)
      if (!one) return
      one.isWritten = true
      one.timer.cancel()
      const why = `WhatsApp did not say within ${secondsOf(ackWithinMs)} that it took the message`
      one.timer = endAfter(one.end, ackWithinMs, why)
    },
    told: (id, error) => waiting.get(id)?.end({ is: 'told', error }),
    forget(id) {
      waiting.get(id)?.timer.cancel()
      waiting.delete(id)
    },
    cut() {
      for (const one of [...waiting.values()]) {
        if (one.isWritten) one.end({ is: 'none', why: ENDED })
        else {
          one.timer.cancel()
          one.timer = endAfter(one.end, FAIL_WITHIN_MS, ENDED)
        }
      }
    },
  }
}

function secondsOf(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`
}
