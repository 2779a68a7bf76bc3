// What is offered to a phone, as a terminal shows it.
import { qrLines } from '../kit/qr.ts'

export interface Offer {
  readonly by: 'qr' | 'code'
  readonly text: string
  /** ms since epoch */
  readonly expiresAt: number
}

/** The QR code in half blocks, or the code to type, with the account that it is for and until when it is good. */
export function offerText(account: string, { by, text, expiresAt }: Offer): string {
  const until = new Date(expiresAt).toLocaleTimeString()
  if (by === 'code') return `${account}: type ${spaced(text)} into the phone (good until ${until})`
  return `${qrLines(text, process.stdout.isTTY)}\n${account}: scan this code with the phone (good until ${until})`
}

/** `ABCD-EFGH`, as the phone shows it. */
export function spaced(code: string): string {
  return /^[A-Za-z0-9]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}
