// What is told of a linked device's line: its state in words, and what an examination says of it.
import type { Clock } from '../../kit/clock.ts'
import type { AccountState } from '../../model/account.ts'
import type { Finding } from '../../model/finding.ts'

export type StateName = AccountState['is']

/** Why a line is as it is, where nobody else has words for it. */
export const SAYS = {
  unlinked: 'No phone is linked. Ask for a QR code or a pairing code, and scan or type it on the phone.',
  unscanned: 'No phone scanned the code in time. Ask for a new one when the phone is at hand.',
  unlinkedByOwner: 'This device was unlinked. Ask for a QR code or a pairing code to link a phone again.',
  restricted:
    'WhatsApp restricts whom this number may write to. Nothing is sent until that ends; messages still come in.',
  noAnswer: 'WhatsApp did not answer the login in time',
} as const

/** Of a pairing that came to nothing, in WhatsApp's words, or the library's where WhatsApp had none. */
export function notLinked(text: string): string {
  const said = `The phone was not linked: ${text}.`
  // Asking again would be asked the same.
  if (/passkey/i.test(text))
    return `${said} Another code ends the same way while WhatsApp asks this number for one: take another number, or the Cloud API.`
  if (/account signature/i.test(text))
    return `The phone was not linked: what vouched for it was not the phone itself (${text}). Look for what may stand between here and WhatsApp, a proxy for one, before you ask for a new code.`
  if (/^Stream Errored/.test(text))
    return `The phone was not linked: WhatsApp or the phone ended it (${text}). See what the phone says: it may have too many linked devices, or an old WhatsApp. Then ask for a new QR code or pairing code to begin anew.`
  return `${said} Ask for a new QR code or pairing code to begin anew.`
}

export function silentFor(ms: number): string {
  return `Nothing was heard from WhatsApp for ${Math.round(ms / 1000)} s, and it did not answer. The connection is opened anew.`
}

/** States that end only when somebody acts: what is to be sent would wait for nothing. */
const STUCK: ReadonlySet<StateName> = new Set(['off', 'unlinked', 'pairing', 'replaced', 'logged_out', 'broken'])

/** See LineSide.hindrance. */
export function hindranceOf({ is, reason }: AccountState): string | null {
  if (!STUCK.has(is)) return null
  if (is === 'pairing') return 'No phone is linked yet: a QR code or a pairing code waits for it.'
  return reason ?? 'The account is switched off.'
}

/** The next state, or the same object when nothing changes that anybody is told of. */
export function nextState(
  was: AccountState,
  is: StateName,
  { reason, clock }: { reason: string | null; clock: Clock },
) {
  if (was.is === is && was.reason === reason) return was
  return { is, since: was.is === is ? was.since : clock.now(), reason, warnings: was.warnings }
}

/** What can be amiss with a linked device: nothing can be asked of WhatsApp that its state does not say. */
export function findingsOf(state: AccountState, heardAt: number | null): Finding[] {
  const isWell = state.is === 'connected'
  const isWaiting = state.is === 'connecting' || state.is === 'retrying' || state.is === 'stale'
  const heard = heardAt === null ? 'never since the start' : `last at ${new Date(heardAt).toISOString()}`
  return [
    {
      check: 'link',
      result: isWell ? 'ok' : isWaiting || state.is === 'restricted' ? 'warning' : 'problem',
      says: isWell
        ? `The phone is linked, and WhatsApp was heard ${heard}.`
        : `The state is ${state.is}; WhatsApp was heard ${heard}.`,
      fix: isWell ? null : state.reason,
    },
  ]
}
