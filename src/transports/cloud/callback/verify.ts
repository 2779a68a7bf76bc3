// Answers Meta's question whether a callback address is ours (the GET that comes when it is entered there).
import { createHash, timingSafeEqual } from 'node:crypto'
import type { CallbackAnswer } from '../../transport.ts'
import type { OpenLine } from './registry.ts'

/** Meta's challenges are short numbers; nothing longer is echoed. */
const MAX_CHALLENGE = 512

/**
 * Echoes `hub.challenge` when the token is that of a line on the path, else 403 (Meta, "Verification requests"). Reads
 * the raw query: parsers that make objects of dots would not find `hub.mode`.
 */
export function answerVerification(query: string, lines: readonly OpenLine[]): CallbackAnswer {
  const params = new URLSearchParams(query)
  const mode = only(params, 'hub.mode')
  const token = only(params, 'hub.verify_token')
  const challenge = only(params, 'hub.challenge')
  // Every line's token is compared, so that the time tells nothing of which one was close.
  const isKnown = lines.map((line) => isSame(line.verifyToken, token)).includes(true)
  if (mode !== 'subscribe' || !isKnown) return { status: 403, body: 'The verify token is not the one of this account' }
  if (challenge === '' || challenge.length > MAX_CHALLENGE)
    return { status: 403, body: 'hub.challenge is missing or too long' }
  return { status: 200, body: challenge }
}

/** The value of a parameter that comes once; empty for any other number of times. */
function only(params: URLSearchParams, name: string): string {
  const [value = '', second] = params.getAll(name)
  return second === undefined ? value : ''
}

function isSame(wanted: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return wanted !== '' && timingSafeEqual(digest(wanted), digest(given))
}
