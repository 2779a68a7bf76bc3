// Files that came with messages, in the database: what is known of each, and what became of fetching it.
import type { MediaDraft, MediaFile } from '../../model/media.ts'
import type { MediaStore } from '../store.ts'
import type { Connection } from './connection.ts'
import { type Ask, asking } from './threads/ports.ts'
import type { Reading, Writing } from './working.ts'

type Change = Parameters<MediaStore['change']>[1]

const FILE = `SELECT id, event, account, ref, mime_type AS mimeType, size, sha256, filename, state, reason, told, tries,
  due_at AS dueAt, created_at AS createdAt, ready_at AS readyAt FROM media`

/**
 * Makes the row of a file that came with an event. An id that is there already keeps its row: the event matters more
 * than that its file is fetched twice.
 */
export function addMedia(c: Connection, file: MediaDraft, of: { event: number; account: string; at: number }): void {
  const { id, ref, mimeType, size, sha256, filename } = file
  c.run(
    `INSERT OR IGNORE INTO media VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', NULL, NULL, 0, ?, ?, NULL)`,
    ...[id, of.event, of.account, ref, mimeType, size, sha256, filename, of.at, of.at],
  )
}

const byId = (c: Connection, id: string): MediaFile | null => c.one<MediaFile>(`${FILE} WHERE id = ?`, id)

export function mediaWrites({ c }: Writing) {
  return {
    changeMedia({ id, change }: { id: string; change: Change }): void {
      const was = byId(c, id)
      if (!was) return
      const { state, reason, tries, dueAt, readyAt, size, sha256, mimeType } = { ...was, ...change }
      c.run(
        `UPDATE media SET state = ?, reason = ?, tries = ?, due_at = ?, ready_at = ?, size = ?, sha256 = ?, mime_type = ?
         WHERE id = ?`,
        ...[state, reason, tries, dueAt, readyAt, size, sha256, mimeType, id],
      )
    },

    /** Of a file that is not known, what is told now holds. */
    tellMedia({ id, told }: { id: string; told: string }): string {
      c.run('UPDATE media SET told = ? WHERE id = ? AND told IS NULL', told, id)
      return byId(c, id)?.told ?? told
    },

    forgetMedia(ids: readonly string[]): void {
      c.run('DELETE FROM media WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
    },

    pruneMedia: ({ before, limit }: { before: number; limit: number }): number =>
      c.run(
        `DELETE FROM media WHERE rowid IN (SELECT rowid FROM media
           WHERE state NOT IN ('waiting', 'ready') AND created_at < ? ORDER BY created_at LIMIT ?)`,
        before,
        limit,
      ),
  }
}

export function mediaReads({ c }: Reading) {
  return {
    media: (id: string): MediaFile | null => byId(c, id),

    mediaOfEvent: (event: number): MediaFile | null =>
      c.one<MediaFile>(`${FILE} WHERE event = ? ORDER BY rowid LIMIT 1`, event),

    waitingMedia: (limit: number): MediaFile[] =>
      c.all<MediaFile>(`${FILE} WHERE state = 'waiting' ORDER BY due_at, rowid LIMIT ?`, limit),

    keptMedia: ({ before, limit }: { before: number; limit: number }): MediaFile[] =>
      c.all<MediaFile>(
        `${FILE} WHERE state = 'ready' AND ready_at < ? ORDER BY ready_at, rowid LIMIT ?`,
        before,
        limit,
      ),

    mediaOfAccount: ({ account, limit }: { account: string; limit: number }): MediaFile[] =>
      c.all<MediaFile>(`${FILE} WHERE account = ? ORDER BY rowid LIMIT ?`, account, limit),
  }
}

export function mediaStore(writer: Ask, reader: Ask): MediaStore {
  const write = asking<ReturnType<typeof mediaWrites>>(writer)
  const read = asking<ReturnType<typeof mediaReads>>(reader)
  return {
    get: (id) => read('media', id),
    ofEvent: (event) => read('mediaOfEvent', event),
    change: (id, change) => write('changeMedia', { id, change }),
    tell: (id, told) => write('tellMedia', { id, told }),
    waiting: (limit) => read('waitingMedia', limit),
    kept: (before, limit) => read('keptMedia', { before, limit }),
    ofAccount: (account, limit) => read('mediaOfAccount', { account, limit }),
    forget: (ids) => write('forgetMedia', ids),
    prune: (before, limit) => write('pruneMedia', { before, limit }),
  }
}
