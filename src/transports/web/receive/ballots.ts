// Votes in polls and answers to invitations: encrypted with a secret that only the poll itself told.
//
// The secret of each poll is kept in the line's session (sealed, like its keys) in one of a fixed number of places, so
// that votes can be read after a restart and nothing grows: a very old poll gives its place to a new one.
import { createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import type { SessionStoreOf } from '../../transport.ts'
import type { BallotSaid } from './content/said.ts'
import { type Field, readFields } from './protobuf.ts'
import { asBytes, asList, asObject, asText } from './values.ts'

const KEY_TYPE = 'ballot'
const PLACES = 1024
const TAG_BYTES = 16
/** Jids that somebody may have had when a vote was made: a number, a LID, and what the vote says. */
const MAX_NAMES = 4

/** A poll or an event as votes need it. */
export interface Ballot {
  readonly id: string
  readonly chat: string
  /** Jids of who made it. */
  readonly authors: readonly string[]
  readonly secret: Uint8Array
  /** Empty for events. */
  readonly options: readonly string[]
}

export interface Ballots {
  keep(ballot: Ballot): Promise<void>
  /** Null: unknown, or forgotten. */
  find(chat: string, id: string): Promise<Ballot | null>
}

export function createBallots(session: SessionStoreOf): Ballots {
  return {
    async keep({ secret, ...ballot }) {
      const value = JSON.stringify({ ...ballot, secret: Buffer.from(secret).toString('base64') })
      await session.put({ keys: [{ type: KEY_TYPE, id: placeOf(ballot.chat, ballot.id), value }] })
    },
    async find(chat, id) {
      const place = placeOf(chat, id)
      const ballot = readBallot((await session.get(KEY_TYPE, [place])).get(place))
      return ballot?.id === id && ballot.chat === chat ? ballot : null
    },
  }
}

function placeOf(chat: string, id: string): string {
  const hash = createHash('sha256').update(`${chat}\n${id}`).digest()
  return String(hash.readUInt32BE(0) % PLACES)
}

function readBallot(text: string | undefined): Ballot | null {
  if (text === undefined) return null
  const { id, chat, authors, secret, options } = asObject(JSON.parse(text))
  const bytes = asBytes(secret)
  const texts = (list: unknown): string[] => asList(list).filter((one) => typeof one === 'string')
  return (
    bytes && {
      id: asText(id) ?? '',
      chat: asText(chat) ?? '',
      authors: texts(authors),
      secret: bytes,
      options: texts(options),
    }
  )
}

/** What was decided. Null: it could not be opened with this poll's secret. */
export interface Decision {
  /** The options chosen; empty when a vote was taken back. */
  readonly options: readonly string[]
  /** `going`, `not_going`, `maybe`; null for votes. */
  readonly response: string | null
  readonly guests: number
}

/**
 * Opens a vote. Who voted and who made the poll are part of the key, each under the address that the voter's phone used:
 * all are tried, and the tag says which it was.
 */
export function openBallot(ballot: Ballot, said: BallotSaid, voters: readonly string[]): Decision | null {
  const { payload, iv } = said
  if (payload === null || iv === null || payload.length < TAG_BYTES || payload.length > 16_384) return null
  const authors = unique([...(said.author === null ? [] : [said.author]), ...ballot.authors]).slice(0, MAX_NAMES)
  for (const author of authors) {
    for (const voter of unique(voters).slice(0, MAX_NAMES)) {
      const plain = openWith(
        ballot,
        { author, voter, label: said.is === 'vote' ? 'Poll Vote' : 'Event Response' },
        { payload, iv },
      )
      if (plain) return said.is === 'vote' ? voteIn(plain, ballot.options) : answerIn(plain)
    }
  }
  return null
}

function openWith(
  { id, secret }: Ballot,
  { author, voter, label }: { author: string; voter: string; label: string },
  { payload, iv }: { payload: Uint8Array; iv: Uint8Array },
): Uint8Array | null {
  try {
    const key = hkdfSync('sha256', secret, new Uint8Array(32), Buffer.from(`${id}${author}${voter}${label}`), 32)
    const cipher = createDecipheriv('aes-256-gcm', new Uint8Array(key), iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(`${id}\0${voter}`))
    cipher.setAuthTag(payload.subarray(-TAG_BYTES))
    return Buffer.concat([cipher.update(payload.subarray(0, -TAG_BYTES)), cipher.final()])
  } catch {
    return null
  }
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

function unique(list: readonly string[]): string[] {
  return [...new Set(list)]
}
