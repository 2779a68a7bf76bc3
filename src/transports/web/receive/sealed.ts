// What newer phones say of a message, encrypted with that message's secret: edits, reactions, comments.

import { readContent } from './content/read.ts'
import type { MessageSaid, Said, SealedSaid } from './content/said.ts'
import { saying } from './content/said.ts'
import { fieldOf, readFields } from './protobuf.ts'
import { isWriter, namesOf, type Placed } from './rights.ts'
import type { Room } from './room.ts'
import { type Secret, unseal } from './secrets.ts'

/** What it says, or why it is to be dropped. */
export type Opened = MessageSaid | 'forged' | 'malformed'

export const UNKNOWN_SECRET =
  'The message that this is about came before this server was linked, or long ago: its secret is not known, so that this cannot be read.'
export const BROKEN_SEAL = 'This cannot be opened with the secret of the message that it is about.'

/** Reaction: `text = 2`. Message: `eventMessage = 75`. */
const REACTION_TEXT = 2
const EVENT_MESSAGE = 75

/** Fails when there is no connection left to read with: the message comes again then. */
export async function openSealed(room: Room, at: Placed, said: SealedSaid): Promise<Opened> {
  if (isEdit(said) && !at.envelope.fromMe && !(await isWriter(room, at, said.targetId))) return 'forged'
  const secret = await room.secrets.find(at.place.chat, said.targetId)
  const plain = secret && opened(secret, at, said)
  if (!plain) return unread(said, secret ? BROKEN_SEAL : UNKNOWN_SECRET)
  if (said.what === 'reaction') return reactionIn(plain, said)
  const found = isEdit(said) ? await editIn(room, plain, said) : commentIn(await readIn(room, plain), said)
  return found === null ? 'malformed' : { ...found, ephemeral: found.ephemeral || said.ephemeral, secret: null }
}

function isEdit({ what }: SealedSaid): boolean {
  return what === 'edit' || what === 'event edit'
}

/** Nobody else than its author edits a message; whoever was told its secret could encrypt an edit in their own name. */
function opened(secret: Secret, at: Placed, said: SealedSaid): Uint8Array | null {
  const speakers = namesOf(at)
  const told = said.author === null ? [] : [said.author]
  const authors = isEdit(said) ? speakers : [...told, ...secret.authors]
  return unseal(secret, said, { label: said.what, authors, speakers })
}

function unread(said: SealedSaid, reason: string): MessageSaid {
  const { targetId, field } = said
  return isEdit(said)
    ? { ...saying('unsupported', { type: 'edit', reason }, targetId), event: 'message.edited' }
    : saying('unknown', { type: field, reason }, targetId)
}

function reactionIn(plain: Uint8Array, { targetId }: SealedSaid): MessageSaid {
  const text = readFields(plain).find(({ no, bytes }) => no === REACTION_TEXT && bytes !== null)?.bytes
  const emoji = Buffer.from(text ?? []).toString('utf8')
  return { ...saying('reaction', { message_id: targetId, emoji }, targetId), event: 'message.reaction' }
}

/** Phones encrypt a whole edit as they used to send it; what the message is now may stand there alone as well. */
async function editIn(room: Room, plain: Uint8Array, { what, targetId }: SealedSaid): Promise<MessageSaid | null> {
  const now = what === 'event edit' ? await eventIn(room, plain) : messageOf(await readIn(room, plain), targetId)
  return now && { ...now, event: 'message.edited', targetId }
}

function messageOf(said: Said, targetId: string): MessageSaid | null {
  if (said.is === 'message') return said.event === 'message.received' ? said : null
  return said.is === 'edit' && said.targetId === targetId ? said.now : null
}

async function eventIn(room: Room, plain: Uint8Array): Promise<MessageSaid | null> {
  for (const bytes of [plain, fieldOf(EVENT_MESSAGE, plain)]) {
    const said = await readIn(room, bytes)
    const now = said.is === 'edit' ? said.now : said
    if (now?.is === 'message' && now.type === 'event') return now
  }
  return null
}

function commentIn(said: Said, { targetId }: SealedSaid): MessageSaid | null {
  if (said.is !== 'message' || said.event !== 'message.received') return null
  return { ...said, context: { ...said.context, stanzaId: targetId } }
}

async function readIn({ side }: Room, bytes: Uint8Array): Promise<Said> {
  const socket = side.fetching()
  if (socket === null) throw new Error('The connection was given up')
  const content = await socket.parse(bytes)
  return content === null ? { is: 'malformed' } : readContent(content)
}
