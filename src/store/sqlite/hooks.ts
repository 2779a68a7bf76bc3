// Hooks in the database: their settings, their secrets sealed, and their place in the log.
import { Failure } from '../../model/failure.ts'
import type { Hook } from '../../model/hook.ts'
import { switched } from '../standing.ts'
import type { HookStore, Sealer } from '../store.ts'
import type { Connection } from './connection.ts'
import { type Ask, asking } from './threads/ports.ts'
import type { Reading, Writing } from './working.ts'

/** A hook as it lies in its row: what may hold credentials is sealed. */
export interface HookRow {
  readonly no: number
  readonly id: string
  readonly json: string
  readonly headers: string
  readonly secret: string
  readonly active: number
}

/** What hooks were given before they had a word for it. */
const DEFAULTS = { media: 'link' } as const satisfies Partial<Hook>

/** A hook without what may hold credentials: what a worker may see. */
export function bare(hook: Hook): Hook {
  return { ...hook, secret: '', headers: {} }
}

/** All active hooks, bare. */
export function activeHooks(c: Connection): Hook[] {
  const rows = c.all<{ no: number; json: string }>('SELECT no, json FROM hook WHERE active = 1 ORDER BY no')
  return rows.map(({ no, json }) => ({ ...DEFAULTS, ...JSON.parse(json), no, secret: '', headers: {} }))
}

export function hookWrites({ c, head }: Writing) {
  const free = (id: string, no: number): void => {
    if (c.one('SELECT 1 FROM hook WHERE id = ? AND no <> ?', id, no))
      throw new Failure('exists', `There is already a hook with the id ${id}`)
  }
  return {
    /** Answers the hook's number. */
    addHook(row: Omit<HookRow, 'no'>): number {
      free(row.id, 0)
      const added = c.one<{ no: number }>(
        `INSERT INTO hook (id, json, headers, secret, active, cursor, paused_at, gaps)
         VALUES (?, ?, ?, ?, ?, ?, ?, '[]') RETURNING no`,
        ...[row.id, row.json, row.headers, row.secret, row.active],
        head.seq + 1,
        row.active ? null : head.seq,
      )
      return added?.no ?? 0
    },

    replaceHook(row: HookRow): void {
      free(row.id, row.no)
      const was = c.one<{ active: number; cursor: number; pausedAt: number | null; gaps: string }>(
        'SELECT active, cursor, paused_at AS pausedAt, gaps FROM hook WHERE no = ?',
        row.no,
      )
      if (!was) throw new Failure('not-found', `There is no hook ${row.id}`)
      const rest = switched(
        { ...was, active: was.active === 1, gaps: JSON.parse(was.gaps) },
        row.active === 1,
        head.seq,
      )
      c.run(
        'UPDATE hook SET id = ?, json = ?, headers = ?, secret = ?, active = ?, paused_at = ?, gaps = ? WHERE no = ?',
        ...[row.id, row.json, row.headers, row.secret, row.active],
        rest.pausedAt,
        JSON.stringify(rest.gaps),
        row.no,
      )
    },

    /** Its attempts stay until their events are pruned: there may be millions, and nobody can ask for them. */
    removeHook(no: number): void {
      c.run('DELETE FROM hook WHERE no = ?', no)
      c.run('DELETE FROM delivery WHERE hook = ?', no)
    },
  }
}

export function hookReads({ c }: Reading) {
  return {
    hooks: (_: null): HookRow[] => c.all<HookRow>('SELECT no, id, json, headers, secret, active FROM hook ORDER BY no'),
  }
}

export function hookStore(writer: Ask, reader: Ask, sealer: Sealer): HookStore {
  const write = asking<ReturnType<typeof hookWrites>>(writer)
  const read = asking<ReturnType<typeof hookReads>>(reader)
  const sealed = (hook: Omit<Hook, 'no'>): Omit<HookRow, 'no'> => {
    const { id, headers, secret, ...rest } = hook
    return {
      id,
      json: JSON.stringify({ ...rest, id }),
      headers: sealer.seal(JSON.stringify(headers), `hook:${id}:headers`),
      secret: sealer.seal(secret, `hook:${id}:secret`),
      active: hook.active ? 1 : 0,
    }
  }
  const opened = ({ no, id, json, headers, secret }: HookRow): Hook => ({
    ...DEFAULTS,
    ...JSON.parse(json),
    no,
    headers: JSON.parse(sealer.open(headers, `hook:${id}:headers`)),
    secret: sealer.open(secret, `hook:${id}:secret`),
  })
  return {
    all: async () => (await read('hooks', null)).map(opened),
    add: async (hook) => ({ ...hook, no: await write('addHook', sealed(hook)) }),
    replace: (hook) => write('replaceHook', { ...sealed(hook), no: hook.no }),
    remove: (no) => write('removeHook', no),
  }
}
