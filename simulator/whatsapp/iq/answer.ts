// What every answer to an IQ is made of: the question, and the ways to answer it.

import type { Connection } from '../wire/connection.ts'
import type { Stanza } from '../wire/stanza.ts'
import type { Caller, World } from '../world.ts'

/** A question of a client. */
export type Question = {
  readonly world: World
  readonly connection: Connection
  readonly iq: Stanza
  /** The first part of the IQ, which says what is asked. */
  readonly part: Stanza | undefined
}

/** A question of a linked device that is logged in. */
export type DeviceQuestion = Question & Pick<Caller, 'account' | 'companion'>

/** The parts of the answer, or an error such as 404 `item-not-found`. */
export type Answer = Stanza[] | Refusal

export type Refusal = { readonly code: number; readonly text: string; readonly attrs?: Record<string, string> }

export type Answering = (question: DeviceQuestion) => Answer | Promise<Answer>

export function refuse(code: number, text: string, attrs?: Record<string, string>): Refusal {
  return { code, text, ...(attrs ? { attrs } : {}) }
}

export const notFound: Refusal = refuse(404, 'item-not-found')
export const badRequest: Refusal = refuse(400, 'bad-request')
export const overLimit: Refusal = refuse(429, 'rate-overlimit')
export const unknown: Refusal = refuse(501, 'feature-not-implemented')
