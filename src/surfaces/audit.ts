// What the audit log is told of an operation that changed something: who, what, how it ended, and what was asked for.
import type { Operation } from '../contract/operation.ts'
import type { AuditEntry } from '../model/caller.ts'

/** Writes an entry down; the time is put to it there. Never fails. */
export type Audit = (entry: Omit<AuditEntry, 'at'>) => Promise<void>

type Values = Readonly<Record<string, unknown>>

/** Longer texts are cut to this many characters. */
const LONGEST_TEXT = 200
/** Bytes of all details together. */
const MOST_DETAILS = 4096
const MOST_ITEMS = 50
const LONGEST_ID = 256
/** Fields whose values are secrets, wherever they stand. */
const SECRETS = new Set([
  ...['access_token', 'app_secret', 'verify_token', 'secret', 'key', 'pin', 'code', 'password', 'proxy', 'session'],
])
/** Names whose every entry is a secret: headers carry keys. */
const SECRET_LISTS = new Set(['headers'])
const MASK = '***'

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether an operation is noted: what changes accounts, keys, hooks and what is managed at Meta; not sends, not reads. */
export function isAudited({ effect, scope, open }: Operation): boolean {
  return open !== true && (effect === 'write' || effect === 'destructive') && (scope === 'admin' || scope === 'hooks')
}

function hidden(value: unknown): unknown {
  return value === null || value === undefined || value === '' ? value : MASK
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, LONGEST_TEXT)
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(shown)
  return isValues(value) ? shownValues(value) : value
}

function shownValues(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (SECRETS.has(name.toLowerCase())) return [name, hidden(value)]
      return [name, SECRET_LISTS.has(name.toLowerCase()) ? everyHidden(value) : shown(value)]
    }),
  )
}

function everyHidden(value: unknown): unknown {
  if (!isValues(value)) return hidden(value)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [cut(name, LONGEST_TEXT), hidden(one)]))
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text
}

/** What was asked for as JSON text: secrets masked, long texts cut, and what is beyond 4 KB left out. */
export function detailsOf(asked: Values): string {
  const details = shownValues(asked)
  const whole = JSON.stringify(details)
  if (Buffer.byteLength(whole) <= MOST_DETAILS) return whole
  const kept: Record<string, unknown> = {}
  let size = 64
  for (const [name, value] of Object.entries(details)) {
    const bytes = Buffer.byteLength(JSON.stringify({ [name]: value }))
    if (size + bytes > MOST_DETAILS) continue
    kept[name] = value
    size += bytes
  }
  const left = Object.keys(details).length - Object.keys(kept).length
  return JSON.stringify({ ...kept, '...': `${left} more, too long for this log` })
}

/** The id of the account that a request was about, and of the very thing. */
export function aboutOf({ tag }: Operation, asked: Values): Pick<AuditEntry, 'target' | 'account'> {
  const account = idOf(asked.account_id) ?? (tag === 'Accounts' ? idOf(asked.id) : null)
  const other = Object.keys(asked).find((name) => name.endsWith('_id') && name !== 'account_id' && idOf(asked[name]))
  const target = idOf(asked.id) ?? (other === undefined ? null : idOf(asked[other])) ?? account
  return { target, account }
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? cut(value, LONGEST_ID) : null
}

/** The id of what an operation made, as its answer names it. */
export function madeId(output: unknown): string | null {
  if (!isValues(output)) return null
  const name = Object.keys(output).find((one) => one === 'id' || one.endsWith('_id'))
  return name === undefined ? null : idOf(output[name])
}
