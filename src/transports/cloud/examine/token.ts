// Whether the access token is good, until when, and what it may do.
import type { Finding } from '../../../model/finding.ts'
import type { GraphReply } from '../graph/answer.ts'
import { verdictOf } from '../graph/failure.ts'
import type { Inspection, TokenFacts } from '../token.ts'
import { troubleFinding } from './trouble.ts'

const SOON_MS = 14 * 24 * 3600 * 1000
const NEW_TOKEN =
  "Make a token in Meta's Business settings > System users > Generate new token (for the app, expiry: Never, with whatsapp_business_messaging and whatsapp_business_management), and set access_token."

/** `number` is what reading the number answered: a token that reads it is good, whether it can be inspected or not. */
export function tokenFinding(inspection: Inspection, number: GraphReply, now: number): Finding {
  const check = 'token'
  if (inspection.ok) return factsFinding(inspection.facts, now)
  if (!number.ok) {
    const isToken = verdictOf(number.trouble).class === 'token'
    return troubleFinding(check, isToken || !inspection.trouble ? number.trouble : inspection.trouble)
  }
  return {
    check,
    result: 'ok',
    says: 'Meta takes the access token; until when is not told, because it may not be inspected by itself (debug_token).',
    fix: null,
  }
}

function factsFinding(facts: TokenFacts, now: number): Finding {
  const check = 'token'
  const { isValid, expiresAt, dataExpiresAt, error } = facts
  if (!isValid || (expiresAt !== null && expiresAt <= now)) {
    const why = error ?? (expiresAt === null ? 'Meta does not say why.' : `It expired on ${dayOf(expiresAt)}.`)
    return { check, result: 'problem', says: `The access token is not valid. ${why}`, fix: NEW_TOKEN }
  }
  const ends = [expiresAt, dataExpiresAt].filter((at) => at !== null)
  if (ends.length === 0)
    return { check, result: 'ok', says: 'The access token is valid, and does not expire.', fix: null }
  const end = Math.min(...ends)
  const says = `The access token is valid until ${dayOf(end)}.`
  return end - now < SOON_MS
    ? { check, result: 'warning', says, fix: NEW_TOKEN }
    : { check, result: 'ok', says, fix: null }
}

const NEEDED = ['whatsapp_business_messaging', 'whatsapp_business_management']

/** What the token may do; without catalog_management only catalogs are missed. */
export function scopeFinding(inspection: Inspection): Finding {
  const check = 'scopes'
  if (!inspection.ok || inspection.facts.scopes.length === 0)
    return { check, result: 'skipped', says: 'Meta does not tell the permissions of the access token.', fix: null }
  const { scopes } = inspection.facts
  const missing = NEEDED.filter((scope) => !scopes.includes(scope))
  if (missing.length > 0)
    return {
      check,
      result: 'problem',
      says: `The access token lacks ${missing.join(' and ')}.`,
      fix: `Generate a new token for the system user in Meta's Business settings with ${NEEDED.join(' and ')}, and set access_token.`,
    }
  const note = scopes.includes('catalog_management')
    ? ''
    : ' It lacks catalog_management, which listing catalogs and products needs.'
  return { check, result: 'ok', says: `The access token has ${NEEDED.join(' and ')}.${note}`, fix: null }
}

function dayOf(at: number): string {
  return new Date(at).toISOString()
}
