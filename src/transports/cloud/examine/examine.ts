// Looks at everything that can be amiss with an account on the Cloud API, and says what to do in Meta's own terms.
import type { Finding } from '../../../model/finding.ts'
import type { Asking } from '../asking.ts'
import { readNumber } from '../connect.ts'
import { findWaba, type WabaFinding } from '../find-waba.ts'
import { versionWarning } from '../graph/versions.ts'
import { inspectToken } from '../token.ts'
import { numberFindings } from './number.ts'
import { subscriptionFinding } from './subscription.ts'
import { scopeFinding, tokenFinding } from './token.ts'
import { away, isPassing, troubleFinding } from './trouble.ts'

export interface Examination {
  readonly now: number
  /** Whether what can be put right is. */
  readonly mend: boolean
}

/** One finding for each thing that was looked at. Never fails. */
export async function examineAccount(asking: Asking, { now, mend }: Examination): Promise<Finding[]> {
  const here = [versionFinding(asking.cloud.apiVersion, now), secretFinding(asking.cloud.appSecret)]
  const number = await readNumber(asking)
  if (!number.ok && isPassing(number.trouble)) return [...CHECKS.map((check) => away(check, number.trouble)), ...here]
  const inspection = await inspectToken(asking)
  const token = tokenFinding(inspection, number, now)
  if (!number.ok && token.result === 'problem') return [token, ...notLookedAt(token), ...here]
  const facts = inspection.ok ? inspection.facts : null
  const waba = await findWaba(asking, facts?.wabaIds ?? [])
  const subscription = await subscriptionFinding(asking, { wabaId: waba.id, appId: facts?.appId ?? null, mend })
  return [
    token,
    scopeFinding(inspection),
    ...(number.ok ? numberFindings(number.body, asking.cloud) : [troubleFinding('number', number.trouble)]),
    wabaFinding(waba),
    subscription,
    ...here,
  ]
}

/** What only Meta can tell. */
const CHECKS = ['token', 'scopes', 'number', 'waba', 'subscription']

/** Without a token there is nothing to see. */
function notLookedAt(token: Finding): Finding[] {
  return CHECKS.filter((check) => check !== token.check).map((check) => ({
    check,
    result: 'skipped',
    says: `Not looked at, because of the access token: ${token.says}`,
    fix: null,
  }))
}

const FOUND_BY = {
  waba_id: 'it is set as waba_id',
  business_account_id: 'found among those of business_account_id',
  number: "found by the number's own word (health_status)",
  token: 'found among those that the token was made for',
}

function wabaFinding({ id, by, isSure, warning }: WabaFinding): Finding {
  const check = 'waba'
  if (id === null || by === null)
    return {
      check,
      result: 'problem',
      says: 'The WhatsApp Business Account (WABA) of the number could not be found: templates, flows and notices about the account do not work.',
      fix: "Set waba_id to the WhatsApp Business Account ID that WhatsApp Manager shows under Account tools > Phone numbers, or give the token's system user whatsapp_business_management and assign the WhatsApp account to it.",
    }
  if (warning !== null)
    return {
      check,
      result: 'problem',
      says: warning,
      fix: 'Set waba_id to the WhatsApp Business Account ID that WhatsApp Manager shows for this phone number.',
    }
  if (!isSure)
    return {
      check,
      result: 'warning',
      says: `waba_id is set to ${id}, which could not be looked into: whether the number is in it is not known.`,
      fix: "Give the token's system user whatsapp_business_management, and assign the WhatsApp account to it.",
    }
  return { check, result: 'ok', says: `The WhatsApp Business Account is ${id}: ${FOUND_BY[by]}.`, fix: null }
}

function versionFinding(version: string, now: number): Finding {
  const warning = versionWarning(version, now)
  if (warning === null)
    return { check: 'api_version', result: 'ok', says: `Graph ${version} does not end within 90 days.`, fix: null }
  return { check: 'api_version', result: 'warning', says: warning, fix: 'Set api_version to v25.0 or later.' }
}

function secretFinding(appSecret: string | null): Finding {
  if (appSecret !== null)
    return { check: 'app_secret', result: 'ok', says: 'app_secret is set: callbacks have to be signed.', fix: null }
  return {
    check: 'app_secret',
    result: 'warning',
    says: 'No app_secret is set: callbacks are accepted unsigned, from anybody who knows the address.',
    fix: "Set app_secret to the App secret that Meta's App Dashboard shows under App settings > Basic.",
  }
}
