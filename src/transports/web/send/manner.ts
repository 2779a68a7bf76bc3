// Sends as a person would: never at once after another message, and typing for a moment before a text.
import type { Clock } from '../../../kit/clock.ts'
import type { Content } from '../../../model/content.ts'
import type { Socket } from '../port.ts'
import { textOf } from './content.ts'

export interface Tune {
  /** From 0 to 1. */
  readonly random: () => number
  /** How long one character is typed, and a text at most, ms. */
  readonly typingPerCharMs: number
  readonly typingMostMs: number
}

export const PERSON: Tune = { random: Math.random, typingPerCharMs: 30, typingMostMs: 3000 }

export interface Manner {
  /** Lets a random part of that time pass since the last message of this line, ms. */
  pause(mostMs: number): Promise<void>
  /** Types for a moment, where there is something to type. Never fails. */
  type(socket: Socket, to: string, content: Content): Promise<void>
  /** A message went out. */
  wrote(): void
}

export function createManner(clock: Clock, tune: Tune): Manner {
  const steady = clock.steady ?? (() => clock.now())
  const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
  let lastAt = Number.NEGATIVE_INFINITY
  return {
    async pause(mostMs) {
      const ms = lastAt + tune.random() * mostMs - steady()
      if (ms > 0) await wait(ms)
    },
    async type(socket, to, content) {
      const text = textOf(content)
      if (text === '') return
      const ms = Math.min(tune.typingMostMs, text.length * tune.typingPerCharMs)
      try {
        await socket.typing(to, true)
        await wait(ms)
        await socket.typing(to, false)
      } catch {
        // It is a courtesy: no reason not to send.
      }
    },
    wrote() {
      lastAt = steady()
    },
  }
}
