// Deliveries in the database: what became of them, the rows of the exceptions, and a hook's place in the log.
import type { Attempt } from '../../model/delivery.ts'
import type { RecordedEvent } from '../../model/event.ts'
import type { Hook } from '../../model/hook.ts'
import { gapsOf } from '../standing.ts'
import type { DeliveryEntry, DeliveryQuery, DeliveryRow, DeliveryStore, Progress, Settlement } from '../store.ts'
import type { Connection } from './connection.ts'
import { listDeliveries } from './delivery-list.ts'
import { eventRow, fullEvents } from './event-rows.ts'
import { bare } from './hooks.ts'
import { type Ask, asking } from './threads/ports.ts'
import { standings, waitingCount } from './view.ts'
import type { Reading, Writing } from './working.ts'

/** A settlement on its way to the writer: a tuple, since copying one between threads costs a third of an object. */
export type SettlementTuple = readonly [
  to: Settlement['to'],
  hook: number,
  seq: number,
  attempt: number,
  at: number,
  tookMs: number,
  status: number | null,
  error: string | null,
  chat: string | null,
  dueAt: number | null,
  firstAt: number | null,
  released: number,
]
export type Cursor = readonly [hook: number, cursor: number]

/** Up to this many due rows are found by when and then sorted; of more, the first are soon met by reading in order. */
const FEW = 1000

export function deliveryWrites(w: Writing) {
  const { c } = w
  const settleOne = (settlement: SettlementTuple): void => {
    const [to, hook, seq, number, at, tookMs, status, error, chat, dueAt, firstAt, released] = settlement
    if (to !== 'held')
      c.run('INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?)', hook, seq, number, at, tookMs, status, error)
    if (to === 'delivered') c.run('DELETE FROM delivery WHERE hook = ? AND seq = ?', hook, seq)
    else if (to === 'held')
      c.run(`INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, 'held', 0, NULL, NULL, 0)`, hook, seq, chat)
    else {
      c.run(
        `INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (hook, seq) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
           due_at = excluded.due_at, first_at = excluded.first_at, released = excluded.released
         WHERE state <> 'dropped'`,
        ...[hook, seq, chat, to, number, dueAt, firstAt, released],
      )
    }
  }
  return {
    settle({ settlements, cursors }: { settlements: readonly SettlementTuple[]; cursors: readonly Cursor[] }): void {
      for (const settlement of settlements) settleOne(settlement)
      for (const [hook, cursor] of cursors)
        c.run('UPDATE hook SET cursor = ?2 WHERE no = ?1 AND cursor < ?2', hook, cursor)
    },

    wake({ hook, now }: { hook: number; now: number }): void {
      c.run(`UPDATE delivery SET due_at = ?2 WHERE hook = ?1 AND state = 'retry' AND due_at > ?2`, hook, now)
    },

    retry: ({ hook, seq, now }: { hook: number; seq: number; now: number }): boolean => makeDue(w, { hook, seq, now }),

    retryDead: ({ hook, since, now }: { hook: number; since: number; now: number }): number =>
      c.run(
        `UPDATE delivery SET state = 'retry', due_at = ?3, first_at = NULL, released = 1
         WHERE hook = ?1 AND state = 'dead' AND (SELECT at FROM event e WHERE e.seq = delivery.seq) >= ?2`,
        hook,
        since,
        now,
      ),
  }
}

/** Makes one delivery due by hand; one that was given up, or has no row, starts afresh. It no longer holds up its chat. */
export function makeDue({ c }: Writing, which: { hook: number; seq: number; now: number }): boolean {
  const { hook, seq, now } = which
  const event = eventRow(c, seq)
  if (!event) return false
  const tried = c.one<{ n: number }>(
    'SELECT coalesce(max(number), 0) AS n FROM attempt WHERE hook = ? AND seq = ?',
    hook,
    seq,
  )
  c.run(
    `INSERT INTO delivery VALUES (?, ?, ?, 'retry', ?, ?, NULL, 1)
     ON CONFLICT (hook, seq) DO UPDATE SET state = 'retry', due_at = excluded.due_at,
       first_at = iif(state IN ('held', 'retry'), first_at, NULL), released = 1`,
    ...[hook, seq, event.chat, tried?.n ?? 0, now],
  )
  return true
}

const ROW = `SELECT hook, seq, chat, state, attempts, due_at AS dueAt, first_at AS firstAt, released FROM delivery`
/** The rows that are due, found by when, and found by reading all of the hook's in order. */
const DUE = `${ROW} INDEXED BY delivery_due WHERE hook = ? AND state = 'retry' AND due_at <= ?`
const DUE_IN_ORDER = `${ROW} WHERE hook = ? AND state = 'retry' AND +due_at <= ?`
export type Found = { row: DeliveryRow; event: RecordedEvent }

export function deliveryReads(r: Reading) {
  const { c } = r
  const withEvents = (rows: readonly (Omit<DeliveryRow, 'released'> & { released: number })[]): Found[] =>
    rows.flatMap((row) =>
      fullEvents(r, [row.seq]).map((event) => ({ row: { ...row, released: row.released === 1 }, event })),
    )
  return {
    progress: (hook: number): Progress => progress(c, hook),

    due({ hook, now, limit }: { hook: number; now: number; limit: number }): Found[] {
      const some = c.all(`${DUE} LIMIT ${FEW + 1}`, hook, now).length
      const found = some > FEW ? DUE_IN_ORDER : DUE
      return withEvents(c.all(`${found} ORDER BY seq LIMIT ?`, hook, now, limit))
    },

    nextDueAt: ({ hook, after }: { hook: number; after: number }): number | null => nextDueAt(c, hook, after),

    held: ({ hook, chat, limit }: { hook: number; chat: string; limit: number }): Found[] =>
      withEvents(
        c.all(
          `${ROW} INDEXED BY delivery_chat WHERE hook = ? AND chat = ? AND state IN ('held', 'retry') AND state = 'held'
           ORDER BY seq LIMIT ?`,
          hook,
          chat,
          limit,
        ),
      ),

    listDeliveries: (query: DeliveryQuery): DeliveryEntry[] => listDeliveries(r, query),

    attempts: ({ hook, seq }: { hook: number; seq: number }): Attempt[] =>
      c.all<Attempt>(
        `SELECT number, at, took_ms AS tookMs, status, error FROM attempt
         WHERE hook = ?1 AND seq = ?2 AND EXISTS (SELECT 1 FROM hook WHERE no = ?1) ORDER BY number`,
        hook,
        seq,
      ),

    countDeliveries(hook: Hook): { waiting: number; dead: number } {
      const [place] = standings(c, [hook])
      if (!place) return { waiting: 0, dead: 0 }
      const rows = c.one<{ open: number; dead: number }>(
        `SELECT count(*) FILTER (WHERE state IN ('held', 'retry')) AS open,
                count(*) FILTER (WHERE state = 'dead') AS dead FROM delivery WHERE hook = ?`,
        hook.no,
      )
      return { waiting: waitingCount(r, place) + (rows?.open ?? 0), dead: rows?.dead ?? 0 }
    },
  }
}

function nextDueAt(c: Connection, hook: number, after: number): number | null {
  const next = c.one<{ at: number | null }>(
    `SELECT min(due_at) AS at FROM delivery WHERE hook = ? AND state = 'retry' AND due_at > ?`,
    hook,
    after,
  )
  return next?.at ?? null
}

function progress(c: Connection, no: number): Progress {
  const hook = c.one<{ cursor: number; gaps: string }>('SELECT cursor, gaps FROM hook WHERE no = ?', no)
  if (!hook) return { cursor: 0, gaps: [], finished: [], blocked: [], nextDueAt: null }
  const finished = c.all<{ seq: number }>(
    `SELECT seq FROM delivery WHERE hook = ?1 AND seq >= ?2
     UNION SELECT seq FROM attempt WHERE hook = ?1 AND seq >= ?2 AND error IS NULL ORDER BY seq`,
    no,
    hook.cursor,
  )
  const blocked = c.all<{ chat: string; head: number; held: number }>(
    `SELECT chat, max(state = 'retry') AS head, max(state = 'held') AS held FROM delivery
     WHERE hook = ? AND chat IS NOT NULL AND state IN ('held', 'retry') AND (state = 'held' OR released = 0)
     GROUP BY chat`,
    no,
  )
  return {
    cursor: hook.cursor,
    gaps: gapsOf({ cursor: hook.cursor, pausedAt: null, gaps: JSON.parse(hook.gaps) }),
    finished: finished.map((row) => row.seq),
    blocked: blocked.map(({ chat, head, held }) => ({ chat, head: head === 1, held: held === 1 })),
    nextDueAt: nextDueAt(c, no, Number.NEGATIVE_INFINITY),
  }
}

function tuple(settlement: Settlement): SettlementTuple {
  const { to, hook, seq } = settlement
  if (settlement.to === 'held') return [to, hook, seq, 0, 0, 0, null, null, settlement.chat, null, null, 0]
  const { number, at, tookMs, status, error } = settlement.attempt
  if (settlement.to === 'delivered') return [to, hook, seq, number, at, tookMs, status, error, null, null, null, 0]
  const { chat, firstAt } = settlement
  const [dueAt, released] = settlement.to === 'retry' ? [settlement.dueAt, settlement.released ? 1 : 0] : [null, 1]
  return [to, hook, seq, number, at, tookMs, status, error, chat, dueAt, firstAt, released]
}

export function deliveryStore(writer: Ask, reader: Ask): DeliveryStore {
  const write = asking<ReturnType<typeof deliveryWrites>>(writer)
  const read = asking<ReturnType<typeof deliveryReads>>(reader)
  return {
    progress: (hook) => read('progress', hook),
    settle: (settlements, cursors) => write('settle', { settlements: settlements.map(tuple), cursors }),
    due: (hook, now, limit) => read('due', { hook, now, limit }),
    nextDueAt: (hook, after) => read('nextDueAt', { hook, after }),
    held: (hook, chat, limit) => read('held', { hook, chat, limit }),
    wake: (hook, now) => write('wake', { hook, now }),
    retry: (hook, seq, now) => write('retry', { hook, seq, now }),
    retryDead: (hook, since, now) => write('retryDead', { hook, since, now }),
    list: (query) => read('listDeliveries', { ...query, hooks: query.hooks.map(bare) }),
    attempts: (hook, seq) => read('attempts', { hook, seq }),
    count: (hook) => read('countDeliveries', bare(hook)),
  }
}
