// The phone numbers of the account's WABA, and the way of one of them onto the Cloud API (Meta, "Phone numbers").
import type { BusinessLine } from '../../transport.ts'
import type { Clerk } from './clerk.ts'

const FIELDS =
  'id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,status,platform_type,throughput,account_mode,messaging_limit_tier,is_official_business_account'

export function createPhoneNumbers(clerk: Clerk): BusinessLine['phoneNumbers'] {
  const post = (id: string, edge: string, body: unknown): Promise<void> =>
    clerk.confirm({ method: 'POST', path: `${encodeURIComponent(id)}/${edge}`, body })
  return {
    list: async () => clerk.list(`${await clerk.waba()}/phone_numbers`, { fields: FIELDS }),
    requestCode: (id, method, language) => post(id, 'request_code', { code_method: method, language }),
    verifyCode: (id, code) => post(id, 'verify_code', { code }),
    register: (id, pin) => post(id, 'register', { messaging_product: 'whatsapp', pin }),
  }
}
