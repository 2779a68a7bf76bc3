// Writes the request that tells a hook of an event; what stays the same for a hook is prepared once.
import type { KeyObject } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { RecordedEvent } from '../../model/event.ts'
import { Failure } from '../../model/failure.ts'
import type { Hook } from '../../model/hook.ts'
import type { Formatted } from '../formats/native.ts'
import { headerSafe, sendableHeaders } from './headers.ts'
import type { Target } from './pools.ts'
import { parseHookSecret, signature } from './sign.ts'

/** What of a request does not depend on the event. */
export interface Prepared {
  readonly hook: Hook
  readonly target: Target
  /** Path and query of the hook's URL. */
  readonly path: string
  /** Names and values in turn. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly key: KeyObject
}

/** Prepares a hook. Throws Failure('invalid') when its URL or its secret cannot be used. */
export function prepare(hook: Hook, userAgent: string): Prepared {
  const url = URL.parse(hook.url)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Failure('invalid', 'the url of the hook is not a valid http or https URL')
  }
  const type = hook.method === 'GET' ? [] : ['content-type', 'application/json']
  return {
    hook,
    target: { origin: url.origin, isInsecure: hook.allowInsecure },
    path: url.pathname + url.search,
    before: [...type, 'user-agent', userAgent],
    after: sendableHeaders(hook.headers),
    key: parseHookSecret(hook.secret),
  }
}

const NOTHING = Buffer.alloc(0)

/** What a try is about: the event, its written form, which try it is, and the time of sending in ms since epoch. */
export interface Try {
  readonly event: RecordedEvent
  readonly written: Formatted
  readonly attempt: number
  readonly now: number
}

function queryOf(path: string, { event, written }: Try): string {
  const query = `id=${written.id}&type=${headerSafe(event.type)}&account=${encodeURIComponent(event.account.toWellFormed())}`
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}

/** The request of one try, for undici. A GET has no body (and signs none): id, type and account go in its query. */
export function requestFor(prepared: Prepared, about: Try): Dispatcher.DispatchOptions {
  const { hook, path, before, after, key } = prepared
  const { event, written, attempt, now } = about
  const isGet = hook.method === 'GET'
  const body = isGet ? NOTHING : written.body
  const timestampS = Math.floor(now / 1000)
  return {
    method: hook.method,
    path: isGet ? queryOf(path, about) : path,
    body: isGet ? null : body,
    headers: [
      ...before,
      'webhook-id',
      written.id,
      'webhook-timestamp',
      String(timestampS),
      'webhook-signature',
      signature(key, { id: written.id, timestampS }, body),
      'X-WhatsHooked-Event',
      headerSafe(event.type),
      'X-WhatsHooked-Account',
      headerSafe(event.account),
      'X-WhatsHooked-Attempt',
      String(attempt),
      ...after,
    ],
  }
}
