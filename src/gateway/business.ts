// What an account manages at Meta: found by account, for numbers that have something there.
import { Failure } from '../model/failure.ts'
import type { BusinessLine } from '../transports/transport.ts'
import type { Lines } from './lines.ts'

/** Fails with `invalid` (no such account), `disabled`, and `unsupported` for a number that has nothing at Meta. */
export function createBusiness(lines: Pick<Lines, 'need'>): (account: string) => BusinessLine {
  return (account) => {
    const { business } = lines.need(account)
    if (business) return business
    throw new Failure(
      'unsupported',
      `account_id: "${account}" is a WhatsApp Web number, which has no templates, flows, catalogs, business profile or phone numbers at Meta; use an account of type "business-api"`,
    )
  }
}
