// Which headers a hook may bring, and how a value of ours is made fit to stand in one.
import { Failure } from '../../model/failure.ts'

/** Headers that we set, and headers that say how the message is framed: a hook's own may be neither. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
])
const OURS = 'x-whatshooked-'

/** A token of RFC 9110, 5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i
/** A field value of RFC 9110, 5.5; it goes out in Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const MAX_HEADERS = 50
const MAX_BYTES = 8192

function troubleWith(name: string, value: string): string | null {
  const lower = name.toLowerCase()
  if (!NAME.test(name)) return 'is not a valid header name'
  if (RESERVED.has(lower) || lower.startsWith(OURS)) return 'is set by the server and cannot be chosen'
  return VALUE.test(value) ? null : 'has a value with characters that a header cannot hold'
}

/** For registration: throws Failure('invalid') naming the first header that a hook may not bring. */
export function checkHookHeaders(headers: Readonly<Record<string, string>>): void {
  let bytes = 0
  const all = Object.entries(headers)
  if (all.length > MAX_HEADERS) throw new Failure('invalid', `headers: at most ${MAX_HEADERS} are taken`)
  for (const [name, value] of all) {
    const trouble = troubleWith(name, value)
    if (trouble) throw new Failure('invalid', `headers: ${JSON.stringify(name.slice(0, 100))} ${trouble}`)
    bytes += name.length + value.length
  }
  if (bytes > MAX_BYTES) throw new Failure('invalid', `headers: together they are longer than ${MAX_BYTES} characters`)
}

/** For sending: names and values in turn, without those that could not be registered today. */
export function sendableHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (troubleWith(name, value) === null ? [name, value] : []))
}

/** A value as it is when it is visible ASCII without `%`, else percent-encoded, so that decoding always gives it back. */
export function headerSafe(value: string): string {
  return /^[\x21-\x24\x26-\x7e]+$/.test(value) ? value : encodeURIComponent(value.toWellFormed())
}
