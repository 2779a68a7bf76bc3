// What is offered to a phone, as a terminal shows it.
import { stripVTControlCharacters } from 'node:util'
import { qrLines } from '../kit/qr.ts'

export interface Offer {
  readonly by: 'qr' | 'code'
  readonly text: string
  /** ms since epoch */
  readonly expiresAt: number
}

const MENU = 'On the phone: WhatsApp, Linked devices, Link a device'
const RISK = 'WhatsApp does not support programs like this one, and may ban numbers that write much, or to strangers.'

/** Where it is shown. */
export interface Terminal {
  readonly isTTY: boolean
  readonly columns?: number
}

/** What is shown where nothing else says what it is for: the offer, what the person with the phone has to do, the risk. */
export function offerWithHelp(account: string, offer: Offer, terminal: Terminal = process.stdout): string {
  const menu = offer.by === 'code' ? `${MENU}, Link with phone number instead.` : `${MENU}.`
  return `${offerText(account, offer, terminal)}\n${menu}\n${RISK}`
}

/** The QR code in half blocks, or the code to type, with the account that it is for and until when it is good. */
export function offerText(account: string, offer: Offer, { isTTY, columns }: Terminal = process.stdout): string {
  const { by, text, expiresAt } = offer
  const until = new Date(expiresAt).toLocaleTimeString()
  if (by === 'code') return `${account}: type ${spaced(text)} into the phone (good until ${until})`
  const code = qrLines(text, isTTY)
  const width = widthOf(code)
  // Broken lines are no code: it is shown nowhere until somebody makes room.
  if (isTTY && columns !== undefined && width > columns) return tooNarrow(account, columns, width)
  return `${code}\n${account}: scan this code with the phone (good until ${until})`
}

/** How many lines of the terminal a text takes. */
export function heightOf(text: string): number {
  const { columns } = process.stdout
  return text
    .split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)), 0)
}

function tooNarrow(account: string, columns: number, width: number): string {
  return `${account}: the QR code is ${width} columns wide, and this terminal has ${columns}: make it wider, and the next code is shown. \
Or type a code instead: whatshooked pair ${account} --phone <number>. \
Or open /api/accounts/${encodeURIComponent(account)}/qr of the server in a browser.`
}

const widthOf = (block: string): number => stripVTControlCharacters(block.split('\n')[0] ?? '').length

/** `ABCD-EFGH`, as the phone shows it. */
export function spaced(code: string): string {
  return /^[A-Za-z0-9]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}
