// Reads what a message says. Pure, and never fails: what is new to us is `unknown`.
import { asBytes, asObject, asText, isObject, type Wire } from '../values.ts'
import { BUSINESS_READERS } from './business.ts'
import { FILE_READERS } from './file.ts'
import { PLAIN_READERS } from './plain.ts'
import type { MessageSaid, Said, Sealed, SealedSaid, Told } from './said.ts'
import { type Unwrapped, unwrap } from './unwrap.ts'

const READERS: ReadonlyMap<string, (value: Wire) => Told> = new Map(
  Object.entries({ ...PLAIN_READERS, ...FILE_READERS, ...BUSINESS_READERS }),
)

/** WhatsApp's numbers of protocol messages; newer clients of ours may be told their names. */
const REVOKE: readonly unknown[] = [0, 'REVOKE', undefined, null]
const MESSAGE_EDIT: readonly unknown[] = [14, 'MESSAGE_EDIT']
/** What only our own phone tells: history, keys of our state, numbers for ids, answers to questions of ours. */
const ORDERS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [5, 'history'],
  [6, 'app state keys'],
  [7, 'a request for app state keys'],
  [9, 'security settings'],
  [10, 'an app state failure'],
  [16, 'a request to a peer'],
  [17, 'the answer of a peer'],
  [22, 'numbers for ids'],
  ['HISTORY_SYNC_NOTIFICATION', 'history'],
  ['APP_STATE_SYNC_KEY_SHARE', 'app state keys'],
  ['APP_STATE_SYNC_KEY_REQUEST', 'a request for app state keys'],
  ['INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC', 'security settings'],
  ['APP_STATE_FATAL_EXCEPTION_NOTIFICATION', 'an app state failure'],
  ['PEER_DATA_OPERATION_REQUEST_MESSAGE', 'a request to a peer'],
  ['PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE', 'the answer of a peer'],
  ['LID_MIGRATION_MAPPING_SYNC', 'numbers for ids'],
])

/** What is about other messages. */
const NO_MESSAGES: ReadonlySet<string> = new Set([
  ...['protocolMessage', 'pollUpdateMessage', 'encEventResponseMessage', 'reactionMessage'],
  ...['secretEncryptedMessage', 'encReactionMessage', 'encCommentMessage'],
])

/** WhatsApp's numbers of what a `secretEncryptedMessage` can be, as far as they are read. */
const SECRET_KINDS: ReadonlyMap<unknown, SealedSaid['what']> = new Map<unknown, SealedSaid['what']>([
  [1, 'event edit'],
  [2, 'edit'],
  ['EVENT_EDIT', 'event edit'],
  ['MESSAGE_EDIT', 'edit'],
])

const NOTHING: Said = { is: 'nothing' }
const MALFORMED: Said = { is: 'malformed' }

export function readContent(content: Wire): Said {
  const found = unwrap(content)
  const value = asObject(found.value)
  switch (found.key) {
    case null:
      return found.isTooDeep ? MALFORMED : NOTHING
    case 'protocolMessage':
      return protocolOf(value)
    case 'pollUpdateMessage':
      return ballotOf('vote', value.pollCreationMessageKey, asObject(value.vote))
    case 'encEventResponseMessage':
      return ballotOf('answer', value.eventCreationMessageKey, value)
    case 'secretEncryptedMessage':
      return secretOf(found, value)
    case 'encReactionMessage':
      return sealedOf(found, { what: 'reaction', field: found.key, value })
    case 'encCommentMessage':
      return sealedOf(found, { what: 'comment', field: found.key, value })
    default:
      return messageOf(found, found.key)
  }
}

function messageOf(found: Unwrapped, key: string): MessageSaid {
  const told = toldBy(key, found.value)
  const { viewOnce, ephemeral, albumId, hdOf, secret } = found
  return {
    is: 'message',
    event: told.event ?? 'message.received',
    type: told.type,
    body: told.body,
    file: told.file ?? null,
    context: told.context ?? asObject(asObject(found.value).contextInfo),
    targetId: told.targetId ?? null,
    ...{ viewOnce, ephemeral, albumId, hdOf, secret },
  }
}

function toldBy(key: string, value: unknown): Told {
  if (key === 'conversation') return { type: 'text', body: { body: asText(value) ?? '' } }
  if (key === 'commentMessage') return commentOf(asObject(value))
  const read = READERS.get(key)
  return read && isObject(value) ? read(value) : { type: 'unknown', body: { type: nameOf(key) } }
}

/** A comment on a channel's message says what its inner message says, and answers the outer one. */
function commentOf(value: Wire): Told {
  const { key, value: inner } = unwrap(asObject(value.message))
  const stanzaId = asText(asObject(value.targetMessageKey).id)
  const told: Told =
    key === null || key === 'commentMessage' ? { type: 'unknown', body: { type: 'comment' } } : toldBy(key, inner)
  return {
    ...told,
    context: { ...asObject(asObject(inner).contextInfo), ...(stanzaId === null ? null : { stanzaId }) },
  }
}

function protocolOf(value: Wire): Said {
  const order = ORDERS.get(value.type)
  if (order !== undefined) return { is: 'order', what: order }
  const key = asObject(value.key)
  const targetId = asText(key.id)
  const isRevoke = REVOKE.includes(value.type)
  if (!isRevoke && !MESSAGE_EDIT.includes(value.type)) return NOTHING
  if (targetId === null) return MALFORMED
  const target = { targetId, targetFromMe: key.fromMe === true }
  if (isRevoke) return { is: 'revoke', ...target, now: null }
  const now = unwrap(asObject(value.editedMessage))
  // An edit makes a message of a message; one of an edit is nothing that a phone sends.
  const isMessage = now.key !== null && !NO_MESSAGES.has(now.key)
  return isMessage ? { is: 'edit', ...target, now: messageOf(now, now.key ?? '') } : MALFORMED
}

function ballotOf(is: 'vote' | 'answer', key: unknown, value: Wire): Said {
  const sealed = sealedIn(key, value)
  return sealed === null ? MALFORMED : { is, ...sealed }
}

/** Of kinds that are not read it can still be told which message they are about. */
function secretOf(found: Unwrapped, value: Wire): Said {
  const field = 'secretEncryptedMessage'
  const what = SECRET_KINDS.get(value.secretEncType)
  if (what !== undefined) return sealedOf(found, { what, field, value })
  return { ...messageOf(found, field), targetId: asText(asObject(value.targetMessageKey).id) }
}

function sealedOf(
  { ephemeral }: Unwrapped,
  { what, field, value }: Pick<SealedSaid, 'what' | 'field'> & { value: Wire },
): Said {
  const sealed = sealedIn(value.targetMessageKey, value)
  return sealed === null ? MALFORMED : { is: 'sealed', what, field, ephemeral, ...sealed }
}

function sealedIn(key: unknown, value: Wire): Sealed | null {
  const { id, participant, remoteJid } = asObject(key)
  const targetId = asText(id)
  const author = asText(participant) ?? asText(remoteJid)
  return targetId === null ? null : { targetId, author, payload: asBytes(value.encPayload), iv: asBytes(value.encIv) }
}

/** A field's name as it can stand in an event. */
function nameOf(key: string): string {
  return /^[A-Za-z0-9_]{1,64}$/.test(key) ? key : 'unknown'
}
