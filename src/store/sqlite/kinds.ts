// The numbers that stand for pairs of type and account in the event table, kept in memory on each connection.
import type { Hook } from '../../model/hook.ts'
import { wants } from '../../model/hook.ts'
import type { Connection } from './connection.ts'

export interface Kind {
  readonly id: number
  readonly type: string
  readonly account: string
}

export interface Kinds {
  /** The kind of a number that an event carries. */
  of(id: number): Kind
  /** All there are. */
  all(): readonly Kind[]
  /** The number of a pair; a new one is written, so only the writer may ask. */
  number(type: string, account: string): number
}

export function kinds(c: Connection): Kinds {
  let byId: Kind[] = []
  let byPair = new Map<string, Map<string, number>>()
  const forget = (): void => {
    byId = []
    byPair = new Map()
  }
  const learn = (kind: Kind): void => {
    byId[kind.id] = kind
    const accounts = byPair.get(kind.account) ?? new Map<string, number>()
    byPair.set(kind.account, accounts.set(kind.type, kind.id))
  }
  const refresh = (): void => {
    for (const kind of c.all<Kind>('SELECT id, type, account FROM kind WHERE id >= ?', byId.length)) learn(kind)
  }
  c.onRollback(forget)
  return {
    of(id) {
      if (!byId[id]) refresh()
      return byId[id] ?? { id, type: '', account: '' }
    },
    all() {
      refresh()
      return byId.filter((kind) => kind !== undefined)
    },
    number(type, account) {
      const known = byPair.get(account)?.get(type)
      if (known !== undefined) return known
      c.run('INSERT OR IGNORE INTO kind (type, account) VALUES (?, ?)', type, account)
      refresh()
      return byPair.get(account)?.get(type) ?? 0
    },
  }
}

/** Lets the kinds through that are of this type and of these accounts; null is all. */
export function kindsOf(type: string | null, accounts: readonly string[] | null): (kind: Kind) => boolean {
  return (kind) => (type === null || kind.type === type) && (accounts === null || accounts.includes(kind.account))
}

/** The numbers of those kinds, as the JSON text for `json_each`. */
export function kindNumbers(known: Kinds, among: (kind: Kind) => boolean): string {
  return JSON.stringify(
    known
      .all()
      .filter(among)
      .map((kind) => kind.id),
  )
}

/** The numbers of the kinds that a hook wants, of those that `among` lets through, as the JSON text for `json_each`. */
export function wantedKinds(known: Kinds, hook: Hook, among: (kind: Kind) => boolean = () => true): string {
  const anyChat = { ...hook, chats: [] }
  return kindNumbers(known, (kind) => among(kind) && wants(anyChat, { ...kind, chat: null }))
}
