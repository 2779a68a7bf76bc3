// Operations on the phone numbers of a business: verifying one, and registering it for sending.
import Type from 'typebox'
import { json, operation } from '../../operation.ts'
import { closed, formed, Id, JustAccount, META_FAILS, MetaId, MetaObject, StatusOk } from '../schemas.ts'
import { BUSINESS_ONLY } from '../send-schemas.ts'

const OneNumber = { account_id: Id, phone_number_id: MetaId }

/** Languages that a code can be asked for in; any other means `en_US`. */
export const CODE_LANGUAGE = '^[a-z]{2,3}(_[A-Z]{2})?$'

export const phoneNumbers = {
  listPhoneNumbers: operation({
    route: 'POST /api/phone-numbers',
    tag: 'Phone Numbers',
    summary: 'List phone numbers on the business account',
    description: "All of Meta's pages, as one `data`.",
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(JustAccount) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  requestVerificationCode: operation({
    route: 'POST /api/phone-numbers/request-code',
    tag: 'Phone Numbers',
    summary: 'Request a verification code for a phone number',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            ...OneNumber,
            code_method: Type.Enum(['SMS', 'VOICE']),
            language: Type.Optional(
              Type.String({
                maxLength: 64,
                default: 'en_US',
                description: 'Of the message or the call; en_US when absent or of another form',
                'x-told': { pattern: CODE_LANGUAGE },
              }),
            ),
          },
          closed,
        ),
      ),
    },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
  verifyCode: operation({
    route: 'POST /api/phone-numbers/verify-code',
    tag: 'Phone Numbers',
    summary: 'Verify a phone number with the received OTP code',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            ...OneNumber,
            code: formed('^\\d{4,8}$', 'must be 4 to 8 digits', { description: 'The digits that came by SMS or call' }),
          },
          closed,
        ),
      ),
    },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
  registerPhoneNumber: operation({
    route: 'POST /api/phone-numbers/register',
    tag: 'Phone Numbers',
    summary: 'Register a phone number with the WhatsApp Cloud API',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            ...OneNumber,
            pin: formed('^\\d{4,8}$', 'must be 4 to 8 digits', { description: 'Of the two-step verification' }),
          },
          closed,
        ),
      ),
    },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
}
