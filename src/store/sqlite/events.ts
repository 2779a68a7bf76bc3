// Events in the database: the log, what it says, and how both are forgotten.
import type { MessageNews, RecordedEvent } from '../../model/event.ts'
import type { MediaDraft } from '../../model/media.ts'
import type { EventStore, Recordable } from '../store.ts'
import type { Connection } from './connection.ts'
import { dedupe, pruneKeys } from './dedupe.ts'
import { type EventRow, eventRow, FULL, type FullRow, fullEvents, HEAD, logHead, recorded } from './event-rows.ts'
import { activeHooks } from './hooks.ts'
import { addMedia } from './media.ts'
import { tell } from './messages.ts'
import { type Ask, asking } from './threads/ports.ts'
import { inView, standings, viewOf } from './view.ts'
import type { Reading, Writing } from './working.ts'

/** A draft on its way to the writer: a tuple, since copying one between threads costs a third of an object. */
export type DraftTuple = readonly [
  type: string,
  account: string,
  chat: string | null,
  data: string,
  raw: string | null,
  at: number,
  wanted: number,
  originAt: number,
  originKey: string | null,
  news: MessageNews | null,
  media: MediaDraft | null,
]

/** Events that may be forgotten, ascending, and where to look for more; null when there are no older ones. */
export interface Forgettable {
  readonly seqs: number[]
  readonly next: number | null
}

/** How many events one step of pruning looks at; between two steps the reader answers others. */
const LOOK_AT = 20_000

export function eventWrites(w: Writing) {
  const { c } = w
  const told = dedupe(c)
  const recordOne = (draft: DraftTuple): number => {
    const [type, account, chat, data, raw, at, wanted, originAt, originKey, news, media] = draft
    if (originKey !== null && !told.isNew(originAt, originKey, at)) return 0
    if (news !== null && !tell(c, news)) return 0
    const kind = w.kinds.number(type, account)
    w.head.seq += 1
    c.run('INSERT INTO event VALUES (?, ?, ?, ?, ?)', w.head.seq, kind, chat, at, wanted)
    c.run('INSERT INTO payload VALUES (?, ?, ?)', w.head.seq, data, raw)
    if (media !== null) addMedia(c, media, { event: w.head.seq, account, at })
    return w.head.seq
  }
  return {
    record: (drafts: readonly DraftTuple[]): number[] => drafts.map(recordOne),

    /** Forgets those of the events (ascending) that nobody waits for, still not. */
    forgetEvents(seqs: readonly number[]): number {
      const places = standings(c, activeHooks(c))
      const free = seqs.filter((seq) => {
        const event = eventRow(c, seq)
        return event !== null && !inView(w, places, event)
      })
      c.run(`INSERT OR REPLACE INTO setting VALUES ('${HEAD}', ?)`, String(w.head.seq))
      const owners = ['attempt', 'delivery'].flatMap((table) => hooksIn(c, table).map((hook) => ({ table, hook })))
      for (const [from, to] of runs(free)) {
        for (const { table, hook } of owners)
          c.run(`DELETE FROM ${table} WHERE hook = ? AND seq BETWEEN ? AND ?`, hook, from, to)
        c.run('DELETE FROM event WHERE seq BETWEEN ? AND ?', from, to)
        c.run('DELETE FROM payload WHERE seq BETWEEN ? AND ?', from, to)
      }
      return free.length
    },

    forgetKeys: (before: number): boolean => pruneKeys(c, before),
  }
}

export function eventReads(r: Reading) {
  const { c } = r
  return {
    head: (_: null): number => logHead(c),

    page: ({ from, limit }: { from: number; limit: number }): RecordedEvent[] =>
      c
        .all<FullRow>(`${FULL} WHERE e.seq >= ? ORDER BY e.seq LIMIT ?`, from, limit)
        .map((row) => recorded(r.kinds, row)),

    event: (seq: number): RecordedEvent | null => fullEvents(r, [seq])[0] ?? null,

    /** Looks at a part of the log from `from` on. */
    forgettable(query: { from: number; before: number; limit: number }): Forgettable {
      const places = standings(c, activeHooks(c))
      const rows = c.all<EventRow>(
        'SELECT seq, kind, chat, at, wanted FROM event WHERE seq >= ? ORDER BY seq LIMIT ?',
        query.from,
        LOOK_AT,
      )
      const seqs: number[] = []
      const isKept = viewOf(r, places, [query.from, rows.at(-1)?.seq ?? query.from])
      for (const row of rows) {
        if (row.at >= query.before) return { seqs, next: null }
        if (!isKept(row)) seqs.push(row.seq)
        if (seqs.length >= query.limit) return { seqs, next: row.seq + 1 }
      }
      const last = rows.at(-1)
      return { seqs, next: last && rows.length >= LOOK_AT ? last.seq + 1 : null }
    },
  }
}

/** The hooks that have rows in a table, found by one seek each; removed ones among them. */
function hooksIn(c: Connection, table: string): number[] {
  const found: number[] = []
  for (let hook: number | null = -1; hook !== null; ) {
    hook = c.one<{ hook: number | null }>(`SELECT min(hook) AS hook FROM ${table} WHERE hook > ?`, hook)?.hook ?? null
    if (hook !== null) found.push(hook)
  }
  return found
}

/** Ascending numbers as stretches without holes. */
function runs(seqs: readonly number[]): [number, number][] {
  const found: [number, number][] = []
  for (const seq of seqs) {
    const last = found.at(-1)
    if (last && last[1] === seq - 1) last[1] = seq
    else found.push([seq, seq])
  }
  return found
}

function tuple(draft: Recordable): DraftTuple {
  const { origin } = draft
  return [
    draft.type,
    draft.account,
    draft.chat,
    draft.data,
    draft.raw,
    draft.at,
    draft.wanted ? 1 : 0,
    origin ? origin.at : 0,
    origin ? origin.key : null,
    draft.news,
    draft.media ?? null,
  ]
}

export function eventStore(writer: Ask, reader: Ask): EventStore {
  const write = asking<ReturnType<typeof eventWrites>>(writer)
  const read = asking<ReturnType<typeof eventReads>>(reader)
  /** Where the last call of `prune` stopped because it was full, so that the next need not look at the same again. */
  let goOnFrom = 0
  return {
    head: () => read('head', null),
    record(drafts) {
      let bytes = 0
      for (const { data, raw } of drafts) bytes += data.length + (raw?.length ?? 0)
      return write('record', drafts.map(tuple), bytes)
    },
    page: (from, limit) => read('page', { from, limit }),
    get: (seq) => read('event', seq),
    async prune(before, dedupeBefore, limit) {
      let gone = 0
      let from: number | null = goOnFrom
      while (from !== null && gone < limit) {
        const found: Forgettable = await read('forgettable', { from, before, limit: limit - gone })
        if (found.seqs.length > 0) gone += await write('forgetEvents', found.seqs)
        from = found.next
      }
      goOnFrom = from ?? 0
      while (await write('forgetKeys', dedupeBefore));
      return gone
    },
  }
}
