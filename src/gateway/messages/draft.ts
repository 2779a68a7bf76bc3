// Makes of what somebody wishes to send the message that is recorded, and reads such a message back.
import { createHash } from 'node:crypto'
import type { EgressGuard } from '../../kit/egress.ts'
import { newId } from '../../kit/id.ts'
import type { Spooled } from '../../kit/spool.ts'
import { type Content, isMedia, type MediaContent, type OutMedia } from '../../model/content.ts'
import { Failure } from '../../model/failure.ts'
import type { OutMessage } from '../../model/message.ts'
import type { Idempotency, Store } from '../../store/store.ts'
import type { SendWish } from '../gateway.ts'
import type { Lines } from '../lines.ts'
import type { Standby } from './standby.ts'

/** What a message says, with the transport's ids: kept as JSON in the message's `content`. */
export interface Saying {
  readonly content: Content
  readonly replyTo: string | null
}

/** A message that is about to be recorded. */
export interface Draft extends Saying {
  readonly id: string
  readonly account: string
  readonly chat: string
  readonly createdAt: number
  readonly idempotency: Idempotency | null
  /** The file of a content `from: 'file'`, not kept yet. */
  readonly file: Spooled | null
}

export interface DraftDeps {
  readonly store: Pick<Store, 'messages'>
  readonly lines: Pick<Lines, 'need'>
  readonly standby: Pick<Standby, 'check'>
  readonly guard: Pick<EgressGuard, 'checkUrl'>
  readonly now: () => number
}

/** Whether a file has to be brought to the other side before the message can go. */
export function needsFile(content: Content): content is MediaContent & { media: Exclude<OutMedia, { from: 'id' }> } {
  return isMedia(content) && content.media.from !== 'id'
}

/**
 * Fails with `invalid`, `disabled`, `unsupported` for what the account's kind of number cannot say, and `not-connected`
 * where its owner has to act before anything can go out; nothing was recorded then. Whoever calls still owns the wish's file then.
 */
export async function draftOf(wish: SendWish, { store, lines, standby, guard, now }: DraftDeps): Promise<Draft> {
  const { account, idempotencyKey } = wish
  const line = lines.need(account)
  const chat = line.address(wish.to)
  const cannot = line.cannot(wish.content)
  if (cannot !== null) throw new Failure('unsupported', cannot)
  // One with a key may have gone out before: that is what its caller asks.
  if (!idempotencyKey) standby.check(account)
  const createdAt = now()
  const id = newId('msg', createdAt)
  const content = withFile(wish, id)
  if (needsFile(content) && content.media.from === 'link') await checkLink(guard, content.kind, content.media.url)
  return {
    id,
    account,
    chat,
    createdAt,
    content: content.kind === 'reaction' ? await reactionOf(store, account, content) : content,
    replyTo: wish.replyTo === undefined ? null : await transportIdOf(store, account, ['reply_to', wish.replyTo]),
    idempotency: idempotencyKey
      ? { key: idempotencyKey, fingerprint: fingerprint(account, chat, { ...wish, content }) }
      : null,
    file: wish.file ?? null,
  }
}

export function written({ content, replyTo }: Saying): string {
  return JSON.stringify({ content, replyTo } satisfies Saying)
}

/** Of texts that were queued before there was anything else, what is kept is the text alone. */
export function sayingOf(message: Pick<OutMessage, 'content'>): Saying {
  const kept = JSON.parse(message.content) as Saying | { text: string; previewUrl?: boolean; replyTo?: string }
  if ('content' in kept) return kept
  const { text, previewUrl = false, replyTo = null } = kept
  return { content: { kind: 'text', text, previewUrl }, replyTo }
}

function withFile({ content, file }: SendWish, id: string): Content {
  if (!isMedia(content) || content.media.from !== 'file') return content
  if (!file) throw new Failure('internal', 'Internal error', { detail: `no file came with ${content.kind}` })
  return { ...content, media: { from: 'file', name: id, size: file.size, sha256: file.sha256 } }
}

async function checkLink(guard: DraftDeps['guard'], kind: string, url: string): Promise<void> {
  try {
    await guard.checkUrl(url)
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    throw new Failure(thrown.code, `${kind}_url: ${thrown.message}`, { cause: thrown })
  }
}

async function reactionOf(
  store: DraftDeps['store'],
  account: string,
  content: Extract<Content, { kind: 'reaction' }>,
): Promise<Content> {
  return { ...content, messageId: await transportIdOf(store, account, ['message_id', content.messageId]) }
}

/** Callers may name a message by our id; the other side knows only its own. */
async function transportIdOf(
  store: DraftDeps['store'],
  account: string,
  [field, id]: readonly [field: string, id: string],
): Promise<string> {
  if (!/^msg_[0-9A-Z]{26}$/.test(id)) return id
  const found = await store.messages.get(id)
  if (found?.message.account !== account)
    throw new Failure('invalid', `${field}: there is no message "${id}" that was sent from this account`)
  const { transportId, status } = found.message
  if (transportId !== null) return transportId
  throw new Failure(
    'invalid',
    `${field}: WhatsApp has no id yet for the message "${id}", which is ${status}; name a message that was sent`,
  )
}

/** Of a file what is in it counts, and not the name that we keep it under. */
function fingerprint(account: string, chat: string, { content, replyTo }: SendWish): string {
  const said =
    isMedia(content) && content.media.from === 'file'
      ? { ...content, media: { from: 'file', sha256: content.media.sha256 } }
      : content
  const body = JSON.stringify([account, chat, sorted(said), replyTo ?? null])
  return createHash('sha256').update(body).digest('hex')
}

/** The same value, whatever the order in which a caller wrote its fields. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, sorted(field)]))
}
