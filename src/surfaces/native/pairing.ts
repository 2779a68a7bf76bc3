// Answers the operations that link phones, and says what the person with the phone has to do.
import type { pairing as said } from '../../contract/native/pairing.ts'
import type { Gateway, PairingPart } from '../../gateway/gateway.ts'
import type { AccountState } from '../../model/account.ts'
import type { Handlers } from '../surface.ts'
import { timeOut } from './time.ts'

type Offer = Awaited<ReturnType<PairingPart['qr']>>

const SETTINGS = 'Settings (Android: the three dots)'
/** Said to everybody who links a phone. */
export const RISK =
  "This program is none of WhatsApp's own, and WhatsApp supports no others: it may restrict or ban a number that writes much, or to strangers."

const INSTRUCTIONS: Record<Offer['by'], string> = {
  qr: `On the phone, open WhatsApp, then ${SETTINGS}, Linked devices, Link a device, and point the camera at the code. When its time is over the next one comes, for about two and a half minutes in all. ${RISK}`,
  code: `On the phone, open WhatsApp, then ${SETTINGS}, Linked devices, Link a device, Link with phone number instead, and type the code before its time is over. ${RISK}`,
}

const STEPS: Record<Offer['by'], readonly string[]> = {
  qr: ['Open WhatsApp on the phone.', `${SETTINGS}, then Linked devices.`, 'Link a device, and point the camera here.'],
  code: [
    'Open WhatsApp on the phone.',
    `${SETTINGS}, then Linked devices.`,
    'Link a device, then Link with phone number instead, and type the code.',
  ],
}

const EXPORTED =
  'Take this text to the other server: add the account there and import it with the same password. The account is disabled here now; do not enable it while the other server uses the session. Destroy the text afterwards: with the password it is as good as the phone.'

/** What to do about an account whose session is on another server. */
export const HANDED_OVER =
  'Do not enable it while the other server uses the session: WhatsApp lets only one of two stay, and messages are lost to both. Remove it once the other server works: the phone stays linked there. To go back, export the session there and import it here'

export function instructionsOf({ by }: Offer): string {
  return INSTRUCTIONS[by]
}

/** The same for a list. */
export function stepsOf({ by }: Offer): readonly string[] {
  return STEPS[by]
}

/** What the owner of an account has to do about its state; null: nothing. */
export function adviceOf(id: string, { is, reason }: AccountState): string | null {
  const link = `show the phone the QR code of GET /api/accounts/${id}/qr, or run: whatshooked pair ${id}`
  switch (is) {
    case 'pairing':
      return `Link the phone: ${link}`
    case 'unlinked':
    case 'logged_out':
      return `No phone is linked. To link one, ${link}`
    case 'replaced':
      return 'The session is in use elsewhere: end it there, then disable and enable the account here'
    case 'restricted':
      return 'WhatsApp restricts what this number may send. Stop sending to strangers, and wait until the phone itself can; disabling and enabling the account lifts it sooner'
    case 'broken':
      return reason
    default:
      return null
  }
}

export const pairing: Handlers<Gateway, typeof said> = {
  async getPairingQr({ app }, { id, anew }) {
    const offer = await app.pairing.qr(id, anew)
    return {
      account_id: id,
      qr: offer.by === 'qr' ? offer.text : null,
      code: offer.by === 'code' ? offer.text : null,
      expires_at: timeOut(offer.expiresAt),
      instructions: instructionsOf(offer),
    }
  },
  async requestPairingCode({ app }, { id, phone }) {
    const offer = await app.pairing.code(id, phone)
    return {
      account_id: id,
      code: offer.text,
      expires_at: timeOut(offer.expiresAt),
      instructions: instructionsOf(offer),
    }
  },
  exportSession: async ({ app }, { id, password }) => ({
    account_id: id,
    session: await app.pairing.exportSession(id, password),
    instructions: EXPORTED,
  }),
  async importSession({ app }, { id, session, password }) {
    await app.pairing.importSession(id, session, password)
    return { status: 'ok', account_id: id }
  },
}
