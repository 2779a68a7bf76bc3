// Says in a sentence for a hook's owner why a webhook did not arrive; never with an address of the inside.
import { EGRESS_REFUSED } from '../../kit/egress.ts'
import { Failure } from '../../model/failure.ts'
import { ALLOWED_HOSTS_SETTING } from './guard.ts'

/** Our own ends of an exchange, beside those that the network and undici bring. */
export const TIMED_OUT = 'TIMED_OUT'
export const STOPPING = 'STOPPING'

const CLOSED = 'the connection was closed before an answer came'
const INCOMPLETE = 'the connection was closed before the answer was complete'
const UNREACHABLE = 'the host cannot be reached'
const SELF_SIGNED = 'self-signed certificate'
const UNTRUSTED = 'the certificate is not from a known authority, or its chain is incomplete'
const NOT_HTTP = 'the answer is not valid HTTP'

const REASONS: Readonly<Record<string, string>> = {
  [EGRESS_REFUSED]: `the address is not allowed; hosts inside your network must be listed in the setting ${ALLOWED_HOSTS_SETTING}`,
  [STOPPING]: 'the server is stopping',
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'name does not resolve',
  EAI_NODATA: 'name does not resolve',
  EAI_NONAME: 'name does not resolve',
  EAI_AGAIN: 'name does not resolve: the name server does not answer',
  ESERVFAIL: 'name does not resolve: the name server does not answer',
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EHOSTDOWN: UNREACHABLE,
  ENETDOWN: UNREACHABLE,
  EADDRNOTAVAIL: UNREACHABLE,
  EACCES: UNREACHABLE,
  EPERM: UNREACHABLE,
  EINVAL: UNREACHABLE,
  ETIMEDOUT: 'timed out while connecting',
  UND_ERR_CONNECT_TIMEOUT: 'timed out while connecting',
  EMFILE: 'this server has too many connections open',
  ENFILE: 'this server has too many connections open',
  CERT_HAS_EXPIRED: 'certificate expired',
  CERT_NOT_YET_VALID: 'certificate is not valid yet',
  CERT_REVOKED: 'certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is for another name',
  HOSTNAME_MISMATCH: 'certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  EPROTO: 'no TLS on that port: should the url start with http:// ?',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: INCOMPLETE,
  UND_ERR_INVALID_ARG: 'the url or the headers of the hook cannot be sent',
  UND_ERR_NOT_SUPPORTED: 'the url or the headers of the hook cannot be sent',
  UND_ERR_CLOSED: 'the hook was changed meanwhile',
  UND_ERR_DESTROYED: 'the hook was changed meanwhile',
}

/** The `code` of whatever was thrown; of several attempts to connect, the first one's. Empty when it has none. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const inner = error.errors.map(codeOf).find((code) => code !== '')
    if (inner) return inner
  }
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** How far an exchange came: what had been answered before it failed (null: nothing), and the time it was given, ms. */
export interface Progress {
  readonly status: number | null
  readonly timeoutMs: number
}

/** undici's parser errors carry llhttp's code or none; what comes out of turn is a socket error by the name of `bad ...`. */
function isNotHttp(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false
  return code.startsWith('HPE_') || error.name === 'HTTPParserError' || error.message.startsWith('bad ')
}

/** The sentence for an exchange that ended without a whole answer. */
export function reasonOf(error: unknown, progress: Progress): string {
  if (error instanceof Failure) return error.message
  const code = codeOf(error)
  const { status, timeoutMs } = progress
  if (code === TIMED_OUT) {
    const text = `timed out after ${timeoutMs / 1000} s`
    return status === null ? text : `${text}: answered ${status}, but the answer did not end`
  }
  if (isNotHttp(error, code)) return NOT_HTTP
  const known = REASONS[code]
  if (known === CLOSED && status !== null) return INCOMPLETE
  // Two lengths that differ are found while the headers are read, and called by the same name.
  if (known === INCOMPLETE && status === null) return NOT_HTTP
  if (known) return known
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'the TLS handshake failed'
  return /^[A-Z_]{3,60}$/.test(code) ? `the connection failed (${code})` : 'the connection failed'
}

/** The sentence for a whole answer that is no success. */
export function refusalOf(status: number): string {
  if (status === 410) return 'answered 410: the receiver is gone for good'
  if (status >= 300 && status < 400) return `answered ${status}; redirects are not followed`
  return `answered ${status}`
}
