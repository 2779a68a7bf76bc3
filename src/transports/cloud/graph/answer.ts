// Reads what Graph answered: a result, an error in Meta's words, or something that is neither.

import { asList, asText, isObject, type Wire } from '../wire.ts'
import { plainTrouble, type Trouble } from './trouble.ts'

/** What Graph said, read. */
export type GraphReply = { readonly ok: true; readonly body: Wire } | { readonly ok: false; readonly trouble: Trouble }

interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** What came back, or how it broke. */
export type RawAnswer = Response | { readonly trouble: Trouble }

/** The reply; `secrets` are struck out of every text. */
export function readAnswer(raw: RawAnswer, secrets: readonly string[]): GraphReply {
  if ('trouble' in raw) return refused({ ...raw.trouble, message: strike(raw.trouble.message, secrets) })
  const body = parse(raw.body)
  if (body && isObject(body.error)) return refused(troubleOf(raw, body.error, secrets))
  if (raw.status >= 200 && raw.status < 300) {
    return body
      ? { ok: true, body }
      : refused(plainTrouble('lost', `an answer ${raw.status} that is not JSON`, raw.status))
  }
  return refused(strangeAnswer(raw))
}

/**
 * An answer that is not Graph's. A proxy's 5xx says nothing of whether the call was taken on before it broke; a 3xx or
 * 4xx is said in place of taking it on.
 */
function strangeAnswer(raw: Response): Trouble {
  const waitMs = retryAfterMs(raw.headers['retry-after'])
  if (raw.status >= 500)
    return { ...plainTrouble('lost', `an answer ${raw.status} that is not Graph's`, raw.status), waitMs }
  const isRedirect = raw.status >= 300 && raw.status < 400
  const message = isRedirect
    ? `a redirect (${raw.status}), which is never followed: what answers there is not Graph`
    : `an answer ${raw.status} that is not Graph's`
  return { ...plainTrouble('refused', message, raw.status), isTransient: raw.status === 429, waitMs }
}

function troubleOf(raw: Response, error: Wire, secrets: readonly string[]): Trouble {
  const data = error.error_data
  const details = isObject(data) ? asText(data.details) : asText(data)
  const forUsers = [asText(error.error_user_title), asText(error.error_user_msg)]
    .filter((text) => text !== null)
    .join(': ')
  const said = details ?? (forUsers === '' ? null : forUsers)
  return {
    outcome: 'refused',
    status: raw.status,
    code: wholeNumber(error.code),
    subcode: wholeNumber(error.error_subcode),
    message: strike(asText(error.message) ?? 'no message', secrets),
    details: said === null ? null : strike(said, secrets),
    trace: asText(error.fbtrace_id),
    isTransient: error.is_transient === true,
    waitMs: retryAfterMs(raw.headers['retry-after']) ?? regainMs(raw.headers['x-business-use-case-usage']),
  }
}

function refused(trouble: Trouble): GraphReply {
  return { ok: false, trouble }
}

function parse(bytes: Buffer): Wire | null {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(body) ? body : null
  } catch {
    return null
  }
}

/** The text without these secrets, at most 2000 characters of it. */
export function strike(text: string, secrets: readonly string[]): string {
  let struck = text
  for (const secret of secrets) struck = struck.replaceAll(secret, '***')
  return struck.slice(0, 2000)
}

/** `Retry-After` in seconds; Graph has no dates there. */
function retryAfterMs(header: string | string[] | undefined): number | null {
  const seconds = Number(Array.isArray(header) ? header[0] : header)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null
}

/** `estimated_time_to_regain_access` is in minutes; it is there, and not 0, while the account is throttled. */
function regainMs(header: string | string[] | undefined): number | null {
  const usage = typeof header === 'string' ? parse(Buffer.from(header)) : null
  const uses = Object.values(usage ?? {})
    .flatMap(asList)
    .filter(isObject)
  const minutes = Math.max(0, ...uses.map((use) => wholeNumber(use.estimated_time_to_regain_access) ?? 0))
  return minutes === 0 ? null : minutes * 60_000
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}
