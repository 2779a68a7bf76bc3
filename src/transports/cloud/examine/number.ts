// What Meta says of the number: who it is, whether it may send, and how people like what it sends.
import type { CloudSettings } from '../../../model/account.ts'
import type { Finding } from '../../../model/finding.ts'
import { asText, type Wire } from '../wire.ts'

const REGISTER =
  'Register the number with the Cloud API: POST /<phone_number_id>/register with a PIN of 6 digits (the one of its two-step verification, if it has one).'
const VERIFY = `Verify the number first: POST /<phone_number_id>/request_code, then /verify_code. Then register it: POST /<phone_number_id>/register with a PIN of 6 digits.`

/** `number`, `registration` and `quality`. */
export function numberFindings(number: Wire, { phoneNumberId }: CloudSettings): Finding[] {
  const display = asText(number.display_phone_number) ?? 'a number that Meta does not show'
  const name = asText(number.verified_name)
  const says = `phone_number_id ${phoneNumberId} is ${display}${name === null ? '' : ` (${name})`}.`
  const isTest = asText(number.account_mode) === 'SANDBOX'
  const seen: Finding = isTest
    ? {
        check: 'number',
        result: 'warning',
        says: `${says} It is a test number: it writes only to the recipients on its list.`,
        fix: "Add recipients under WhatsApp > API Setup in Meta's App Dashboard, or use a number of your own.",
      }
    : { check: 'number', result: 'ok', says, fix: null }
  return [seen, registrationOf(number), qualityOf(number)]
}

function registrationOf(number: Wire): Finding {
  const check = 'registration'
  const status = asText(number.status)
  const platform = asText(number.platform_type)
  const isVerified = asText(number.code_verification_status) !== 'NOT_VERIFIED'
  if (platform !== null && platform !== 'CLOUD_API')
    return {
      check,
      result: 'problem',
      says: `The number is not on the Cloud API: its platform_type is ${platform}.`,
      fix: isVerified ? REGISTER : VERIFY,
    }
  if (status === null)
    return { check, result: 'skipped', says: "Meta does not tell the number's status to this token.", fix: null }
  if (status === 'CONNECTED')
    return { check, result: 'ok', says: 'The number is registered with the Cloud API (status CONNECTED).', fix: null }
  const isUnregistered = ['PENDING', 'DISCONNECTED', 'UNVERIFIED', 'MIGRATED', 'DELETED'].includes(status)
  return {
    check,
    result: isUnregistered || status === 'BANNED' ? 'problem' : 'warning',
    says: `Meta says that the number's status is ${status}.`,
    fix: isUnregistered
      ? isVerified
        ? REGISTER
        : VERIFY
      : 'See the number in WhatsApp Manager under Account tools > Phone numbers, and Account quality there.',
  }
}

function qualityOf(number: Wire): Finding {
  const check = 'quality'
  const rating = asText(number.quality_rating)
  if (rating !== 'RED' && rating !== 'YELLOW')
    return {
      check,
      result: 'ok',
      says:
        rating === 'GREEN' ? "Meta rates the number's quality GREEN." : "Meta has not rated the number's quality yet.",
      fix: null,
    }
  return {
    check,
    result: 'warning',
    says: `Meta rates the number's quality ${rating}: people block or report what it sends${rating === 'RED' ? ', and it may be limited or blocked' : ''}.`,
    fix: 'Send less, and only to people who asked for it; see Account tools > Phone numbers > Insights in WhatsApp Manager.',
  }
}
