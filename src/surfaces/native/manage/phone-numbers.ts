// Answers the operations on the phone numbers of a business.
import { CODE_LANGUAGE, type phoneNumbers as said } from '../../../contract/native/manage/phone-numbers.ts'
import type { Gateway } from '../../../gateway/gateway.ts'
import type { Handlers } from '../../surface.ts'

const LANGUAGE = new RegExp(CODE_LANGUAGE)

export const phoneNumbers: Handlers<Gateway, typeof said> = {
  listPhoneNumbers: async ({ app }, { account_id }) => app.business(account_id).phoneNumbers.list(),
  async requestVerificationCode({ app }, { account_id, phone_number_id, code_method, language = '' }) {
    const spoken = LANGUAGE.test(language) ? language : 'en_US'
    await app.business(account_id).phoneNumbers.requestCode(phone_number_id, code_method, spoken)
    return { status: 'ok' }
  },
  async verifyCode({ app }, { account_id, phone_number_id, code }) {
    await app.business(account_id).phoneNumbers.verifyCode(phone_number_id, code)
    return { status: 'ok' }
  },
  async registerPhoneNumber({ app }, { account_id, phone_number_id, pin }) {
    await app.business(account_id).phoneNumbers.register(phone_number_id, pin)
    return { status: 'ok' }
  },
}
