// Trouble on demand: which calls are to fail, how, and how often.
import { newName } from './ids.ts'

/** What goes wrong. */
export type FaultAction =
  /** A Graph error with this code; `status` is 500 for codes 1 and 2, else 400. */
  | {
      kind: 'error'
      code: number
      status?: number
      subcode?: number
      type?: string
      message?: string
      transient?: boolean
    }
  /** 429 with Retry-After in seconds; `code` is 130429 unless said. */
  | { kind: 'throttle'; retryAfter: number; code?: number }
  /** 503 with a JSON error; Retry-After in seconds when given. */
  | { kind: 'unavailable'; retryAfter?: number }
  /** A page of a proxy instead of JSON; 502 unless said. */
  | { kind: 'html'; status?: number }
  /** The right answer, cut in the middle while Content-Length promises all of it. */
  | { kind: 'truncated' }
  /** The right answer, but its headers come after `ms`. */
  | { kind: 'slow'; ms: number }
  /** The connection is reset, before or after the body of the request was read. */
  | { kind: 'reset'; when: 'before-body' | 'after-body' }
  /** 200 with no body. */
  | { kind: 'empty' }

/** When an action is taken. */
export type FaultRule = {
  // Method and path without version, such as `POST /*/messages`; `*` stands for one segment, `**` for any rest.
  match: string
  action: FaultAction
  /** Always (default), for the next N matching calls, or for every Nth of them. */
  when?: 'always' | { next: number } | { every: number }
  /**
   * Whether the call takes effect although its answer is spoilt. Default: yes for slow, truncated and empty, no for
   * the others. A reset before the body cannot take effect.
   */
  processed?: boolean
}

/** A rule in force. */
export type Fault = Required<FaultRule> & { id: string; seen: number; hits: number }

export type Faults = {
  add(rule: FaultRule): Fault
  list(): Fault[]
  clear(id?: string): void
  /** The fault that strikes this call, if any; counts it. */
  strike(method: string, path: string): Fault | undefined
}

const takesEffect = new Set(['slow', 'truncated', 'empty'])

/** A set of rules; the first that strikes wins. */
export function createFaults(): Faults {
  const rules = new Map<string, { fault: Fault; pattern: RegExp }>()
  return {
    add(rule) {
      const fault = faultOf(rule)
      rules.set(fault.id, { fault, pattern: patternOf(rule.match) })
      return { ...fault }
    },
    list: () => [...rules.values()].map(({ fault }) => ({ ...fault })),
    clear(id) {
      if (id === undefined) rules.clear()
      else rules.delete(id)
    },
    strike(method, path) {
      for (const { fault, pattern } of rules.values()) {
        if (pattern.test(`${method} ${path}`) && isDue(fault)) return fault
      }
      return undefined
    },
  }
}

function faultOf(rule: FaultRule): Fault {
  const early = rule.action.kind === 'reset' && rule.action.when === 'before-body'
  if (early && rule.processed === true) throw new Error('a call that is reset before its body is read has no effect')
  const count =
    rule.when === undefined || rule.when === 'always' ? 1 : 'next' in rule.when ? rule.when.next : rule.when.every
  if (!Number.isInteger(count) || count < 1) throw new Error('next and every are whole numbers from 1')
  const processed = rule.processed ?? takesEffect.has(rule.action.kind)
  return {
    id: newName('fault'),
    match: rule.match,
    action: rule.action,
    when: rule.when ?? 'always',
    processed,
    seen: 0,
    hits: 0,
  }
}

function isDue(fault: Fault): boolean {
  fault.seen += 1
  const due =
    fault.when === 'always' ||
    ('next' in fault.when ? fault.hits < fault.when.next : fault.seen % fault.when.every === 0)
  if (due) fault.hits += 1
  return due
}

function patternOf(match: string): RegExp {
  const [method, path, ...rest] = match.trim().split(/\s+/)
  if (method === undefined || path === undefined || rest.length > 0 || !path.startsWith('/')) {
    throw new Error('match is a method and a path, such as "POST /*/messages"; both may be wildcards')
  }
  const segments = path
    .split('/')
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${method === '*' ? '\\S+' : method.toUpperCase()} ${segments.join('/')}$`)
}
