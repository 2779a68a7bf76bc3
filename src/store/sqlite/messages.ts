// Messages that we send, in the database: their status, their history, and the keys that callers send them with.
import type { MessageNews } from '../../model/event.ts'
import { Failure } from '../../model/failure.ts'
import type { MessageStatus, OutMessage, Tick } from '../../model/message.ts'
import { advances } from '../../model/message.ts'
import { inHistoryOrder } from '../history.ts'
import type { Idempotency, MessageStore } from '../store.ts'
import type { Connection } from './connection.ts'
import { type Ask, asking } from './threads/ports.ts'
import type { Reading, Writing } from './working.ts'

/** What `begin` is given. */
export type NewMessage = Parameters<MessageStore['begin']>[0]
export type Mark = Parameters<MessageStore['mark']>[1] & { readonly id: string }

const MESSAGE = `SELECT id, account, chat, kind, content, status, transport_id AS transportId, public_id AS publicId,
  error, created_at AS createdAt FROM message`

/** Whether the news is worth an event: of a message that we do not know, or a status not told before. Notes it. */
export function tell(c: Connection, news: MessageNews): boolean {
  const was = c.one<{ status: MessageStatus }>('SELECT status FROM message WHERE id = ?', news.id)
  if (!was) return true
  if (news.status === 'unknown' && !advances(was.status, 'unknown')) return false
  if (!tick(c, news.id, news)) return false
  const moves = advances(was.status, news.status)
  c.run(
    `UPDATE message SET transport_id = coalesce(?, transport_id), public_id = coalesce(public_id, ?),
       status = ?, error = iif(?, ?, error) WHERE id = ?`,
    news.transportId,
    news.publicId,
    moves ? news.status : was.status,
    moves ? 1 : 0,
    news.error,
    news.id,
  )
  return true
}

/** Adds a line to a message's history; false when it has it. */
function tick(c: Connection, message: string, line: Tick): boolean {
  const { status, recipient, at, error } = line
  return c.run('INSERT OR IGNORE INTO tick VALUES (?, ?, ?, ?, ?)', message, status, recipient, at, error) > 0
}

const byId = (c: Connection, id: string): OutMessage | null => c.one<OutMessage>(`${MESSAGE} WHERE id = ?`, id)

export function messageWrites({ c }: Writing) {
  return {
    begin({ message, idempotency }: { message: NewMessage; idempotency: Idempotency | null }) {
      const used = idempotency && usedFor(c, idempotency.key)
      if (used) return { message: used.message, fresh: false, sameBody: used.fingerprint === idempotency.fingerprint }
      const { id, account, chat, kind, content, status, createdAt } = message
      const added = c.run(
        'INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)',
        ...[id, account, chat, kind, content, status, createdAt],
      )
      if (added === 0) throw new Failure('exists', `There is already a message with the id ${id}`)
      tick(c, id, { status, recipient: '', at: createdAt, error: null })
      if (idempotency) {
        const { key, fingerprint } = idempotency
        c.run('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)', key, fingerprint, id, createdAt)
      }
      return { message: { ...message, transportId: null, publicId: null, error: null }, fresh: true, sameBody: true }
    },

    mark({ id, status, at, error }: Mark): void {
      const was = c.one<{ status: MessageStatus }>('SELECT status FROM message WHERE id = ?', id)
      if (!was || !advances(was.status, status)) return
      c.run('UPDATE message SET status = ?, error = ? WHERE id = ?', status, error, id)
      tick(c, id, { status, recipient: '', at, error })
    },

    nameMessage({ id, publicId }: { id: string; publicId: string }): void {
      c.run('UPDATE message SET public_id = ? WHERE id = ? AND public_id IS NULL', publicId, id)
    },

    rewriteMessage({ id, content }: { id: string; content: string }): void {
      c.run(`UPDATE message SET content = ? WHERE id = ? AND status = 'queued'`, content, id)
    },

    /** What was asked for is forgotten; the id, the status and the history stay, since an id is valid for ever. */
    pruneMessages({ before, keysBefore, limit }: { before: number; keysBefore: number; limit: number }): number {
      c.run(
        `DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency
           WHERE at < ? AND (at < ? OR key NOT GLOB 'reply:*') LIMIT ?)`,
        keysBefore,
        before,
        limit,
      )
      return c.run(
        `UPDATE message SET content = '' WHERE rowid IN (SELECT rowid FROM message
           WHERE content <> '' AND created_at < ? AND status NOT IN ('queued', 'sending') LIMIT ?)`,
        before,
        limit,
      )
    },
  }
}

function usedFor(c: Connection, key: string): { message: OutMessage; fingerprint: string } | null {
  const row = c.one<{ fingerprint: string; message: string }>(
    'SELECT fingerprint, message FROM idempotency WHERE key = ?',
    key,
  )
  const message = row && byId(c, row.message)
  return message && { message, fingerprint: row.fingerprint }
}

export function messageReads({ c }: Reading) {
  return {
    message(id: string): { message: OutMessage; ticks: Tick[] } | null {
      const message =
        byId(c, id) ?? c.one<OutMessage>(`${MESSAGE} WHERE transport_id = ? ORDER BY created_at DESC LIMIT 1`, id)
      if (!message) return null
      const ticks = c.all<Tick>('SELECT status, recipient, at, error FROM tick WHERE message = ?', message.id)
      return { message, ticks: ticks.sort(inHistoryOrder) }
    },
    messages: (ids: readonly string[]): OutMessage[] =>
      c.all<OutMessage>(`${MESSAGE} WHERE id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids)),
    unsettled: (_: null): OutMessage[] =>
      c.all<OutMessage>(`${MESSAGE} WHERE status IN ('queued', 'sending') ORDER BY created_at, rowid`),
    lostMessages: ({ account, limit }: { account: string; limit: number }): OutMessage[] =>
      c.all<OutMessage>(
        `SELECT * FROM (${MESSAGE} WHERE account = ? AND status = 'unknown' AND transport_id IS NULL
           UNION ALL ${MESSAGE} WHERE account = ? AND status = 'sending' AND status IN ('queued', 'sending'))
         ORDER BY createdAt DESC LIMIT ?`,
        account,
        account,
        limit,
      ),
  }
}

export function messageStore(writer: Ask, reader: Ask): MessageStore {
  const write = asking<ReturnType<typeof messageWrites>>(writer)
  const read = asking<ReturnType<typeof messageReads>>(reader)
  return {
    begin: (message, idempotency) => write('begin', { message, idempotency }, message.content.length),
    mark: (id, { status, at, error }) => write('mark', { id, status, at, error }),
    name: (id, publicId) => write('nameMessage', { id, publicId }),
    rewrite: (id, content) => write('rewriteMessage', { id, content }, content.length),
    get: (id) => read('message', id),
    many: (ids) => read('messages', ids),
    unsettled: () => read('unsettled', null),
    lost: (account, limit) => read('lostMessages', { account, limit }),
    prune: (before, keysBefore, limit) => write('pruneMessages', { before, keysBefore, limit }),
  }
}
