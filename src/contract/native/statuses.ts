// Which HTTP status each failure has in the WhatsHooked API: part of what the API promises.
import type { FailureCode } from '../../model/failure.ts'

/** `not-found` is 400 on operations that do not name it among their failures, see `statusOf`. */
export const STATUSES: Readonly<Record<FailureCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  exists: 400,
  conflict: 409,
  mismatch: 422,
  unsupported: 400,
  'not-connected': 503,
  disabled: 400,
  'rate-limited': 429,
  'too-large': 413,
  upstream: 500,
  'lost-answer': 502,
  unavailable: 503,
  internal: 500,
}

/** The status of a failure of an operation; `fails` is what the operation says of itself. */
export function statusOf(code: FailureCode, fails: readonly FailureCode[]): number {
  return code === 'not-found' && !fails.includes('not-found') ? 400 : STATUSES[code]
}
