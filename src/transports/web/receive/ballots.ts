// Votes in polls and answers to invitations: encrypted with the secret of the poll or the invitation.
import { createHash } from 'node:crypto'
import type { BallotSaid } from './content/said.ts'
import { type Field, readFields } from './protobuf.ts'
import { type Secret, unseal } from './secrets.ts'

/** What was decided. */
export interface Decision {
  /** The options chosen; empty when a vote was taken back. */
  readonly options: readonly string[]
  /** `going`, `not_going`, `maybe`; null for votes. */
  readonly response: string | null
  readonly guests: number
}

/** Opens a vote or an answer. Null: it could not be opened with this secret. */
export function openBallot(secret: Secret, said: BallotSaid, voters: readonly string[]): Decision | null {
  const authors = [...(said.author === null ? [] : [said.author]), ...secret.authors]
  const plain = unseal(secret, said, { label: said.is, authors, speakers: voters })
  if (plain === null) return null
  return said.is === 'vote' ? voteIn(plain, secret.options) : answerIn(plain)
}

/** PollVoteMessage: `repeated bytes selectedOptions = 1`, each the SHA-256 of an option's text. */
function voteIn(plain: Uint8Array, options: readonly string[]): Decision {
  const byHash = new Map(options.map((option) => [createHash('sha256').update(option).digest('hex'), option]))
  const chosen = readFields(plain)
    .filter((field): field is Field & { bytes: Uint8Array } => field.no === 1 && field.bytes !== null)
    .map((field) => Buffer.from(field.bytes).toString('hex'))
  return { options: chosen.map((hash) => byHash.get(hash) ?? `sha256:${hash}`), response: null, guests: 0 }
}

/** EventResponseMessage: `response = 1`, `extraGuestCount = 3`. */
function answerIn(plain: Uint8Array): Decision {
  const numbers = new Map(readFields(plain).map(({ no, number }) => [no, number]))
  const response = [null, 'going', 'not_going', 'maybe'][numbers.get(1) ?? 0] ?? null
  return { options: [], response, guests: numbers.get(3) ?? 0 }
}
