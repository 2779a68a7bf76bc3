// The secrets of messages: what is said of a message later (votes, answers, edits, reactions, comments) comes encrypted
// with a secret that only the message itself told.
//
// They are kept in the line's session (sealed, like its keys), each in one of a fixed number of places, so that what is
// said of a message can be read after a restart and nothing grows: a very old message gives its place to a new one. Polls
// and events have places of their own, since people vote for days while others talk.
import { createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import type { ChatRef } from '../../../model/event-data.ts'
import type { SessionStoreOf } from '../../transport.ts'
import type { Sealed } from './content/said.ts'
import { asBytes, asList, asObject, asText } from './values.ts'

const PLACES = { ballot: 1024, secret: 4096 } as const
const SECRET_BYTES = 32
const TAG_BYTES = 16
/** Names that somebody may have had when something was encrypted: a number, a LID, and what the message says. */
const MAX_NAMES = 4
/** The chat of what this server sent, whose chat has another name there. */
const OURS = ''

/** What is needed to open what is said of a message. */
export interface Secret {
  readonly id: string
  readonly chat: string
  /** Jids of who wrote it. */
  readonly authors: readonly string[]
  readonly secret: Uint8Array
  /** Of a poll. */
  readonly options: readonly string[]
}

export interface Secrets {
  /** @param kind polls and events are `ballot` */
  keep(kind: keyof typeof PLACES, secret: Secret): void
  keepOurs(secret: Omit<Secret, 'chat' | 'options'>): void
  /** Null: unknown, or forgotten. */
  find(chat: Pick<ChatRef, 'id' | 'phone' | 'lid'>, id: string): Promise<Secret | null>
}

export function createSecrets(session: SessionStoreOf): Secrets {
  const keep: Secrets['keep'] = (kind, { secret, ...about }) => {
    if (secret.length !== SECRET_BYTES) return
    const value = JSON.stringify({ ...about, secret: Buffer.from(secret).toString('base64') })
    // With the ratchet that moves on after a message: before WhatsApp hears that we have it, and for no commit of its own.
    session.soon([{ type: kind, id: placeOf(kind, about), value }])
  }
  const look = async (kind: keyof typeof PLACES, chats: readonly string[], id: string): Promise<Secret | null> => {
    const found = await session.get(
      kind,
      chats.map((chat) => placeOf(kind, { chat, id })),
    )
    const secrets = [...found.values()].map(readSecret)
    return secrets.find((one) => one?.id === id && chats.includes(one.chat)) ?? null
  }
  return {
    keep,
    keepOurs: (secret) => keep('secret', { ...secret, chat: OURS, options: [] }),
    async find(chat, id) {
      // Of somebody who was known by number or by LID alone at first, and by the other name now.
      const chats = unique([chat.id, chat.phone?.slice(1) ?? chat.id, chat.lid ?? chat.id, OURS])
      return (await look('secret', chats, id)) ?? (await look('ballot', chats, id))
    },
  }
}

function placeOf(kind: keyof typeof PLACES, { chat, id }: Pick<Secret, 'chat' | 'id'>): string {
  const hash = createHash('sha256').update(`${chat}\n${id}`).digest()
  return String(hash.readUInt32BE(0) % PLACES[kind])
}

function readSecret(text: string): Secret | null {
  const { id, chat, authors, secret, options } = asObject(JSON.parse(text))
  const bytes = asBytes(secret)
  const texts = (list: unknown): string[] => asList(list).filter((one) => typeof one === 'string')
  return (
    bytes && {
      id: asText(id) ?? '',
      chat: asText(chat) ?? OURS,
      authors: texts(authors),
      secret: bytes,
      options: texts(options),
    }
  )
}

/** What something is encrypted for, in WhatsApp's words, and whether they stand beside it as authenticated data. */
const LABELS = {
  vote: { text: 'Poll Vote', isBound: true },
  answer: { text: 'Event Response', isBound: true },
  edit: { text: 'Message Edit', isBound: false },
  'event edit': { text: 'Event Edit', isBound: false },
  reaction: { text: 'Enc Reaction', isBound: false },
  comment: { text: 'Enc Comment', isBound: false },
} as const

export type Label = keyof typeof LABELS

/**
 * Opens what is said of a message: AES-256-GCM, its key drawn by HKDF-SHA256 from the secret of the message over the
 * message's id, its author, who speaks and what for. Author and speaker stand in it under the address that the speaker's
 * phone used: all are tried, and the tag says which it was. Null: none of them.
 */
export function unseal(
  { id, secret }: Secret,
  { payload, iv }: Sealed,
  { label, authors, speakers }: { label: Label; authors: readonly string[]; speakers: readonly string[] },
): Uint8Array | null {
  if (payload === null || iv === null || payload.length < TAG_BYTES) return null
  const { text, isBound } = LABELS[label]
  for (const author of unique(authors).slice(0, MAX_NAMES)) {
    for (const speaker of unique(speakers).slice(0, MAX_NAMES)) {
      const key = hkdfSync('sha256', secret, new Uint8Array(32), Buffer.from(`${id}${author}${speaker}${text}`), 32)
      const aad = isBound ? Buffer.from(`${id}\0${speaker}`) : null
      const plain = decrypt({ key: new Uint8Array(key), iv, payload, aad })
      if (plain !== null) return plain
    }
  }
  return null
}

function decrypt({
  key,
  iv,
  payload,
  aad,
}: {
  key: Uint8Array
  iv: Uint8Array
  payload: Uint8Array
  aad: Buffer | null
}) {
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    if (aad !== null) cipher.setAAD(aad)
    cipher.setAuthTag(payload.subarray(-TAG_BYTES))
    return Buffer.concat([cipher.update(payload.subarray(0, -TAG_BYTES)), cipher.final()])
  } catch {
    return null
  }
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)]
}
