// Contact cards as vCards 3.0 (RFC 2426), the version that WhatsApp's own clients write.
import type { ContactCard, JsonObject } from '../../../model/content.ts'

/** What WhatsApp shows of a card before it is opened, and the card. */
export interface WrittenCard {
  readonly displayName: string
  readonly vcard: string
}

/** Fields as the Cloud API has them: name, phones, emails, addresses, org, urls, birthday. Others have no place here. */
export function vcardOf(card: ContactCard): WrittenCard {
  const displayName = card.name.formatted_name
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    nameLine(card.name),
    `FN:${escaped(displayName)}`,
    ...orgLines(card.org),
    ...(card.phones ?? []).flatMap(phoneLine),
    ...listOf(card.emails).flatMap((mail) => typed('EMAIL', mail.type, textOf(mail.email))),
    ...listOf(card.addresses).flatMap(addressLine),
    ...listOf(card.urls).flatMap((url) => typed('URL', url.type, textOf(url.url))),
    ...line('BDAY', textOf(card.birthday)),
    'END:VCARD',
  ]
  return { displayName, vcard: lines.join('\n') }
}

/** Family name, given name, additional names, prefixes, suffixes (RFC 2426, 3.1.2); without any the whole as given name. */
function nameLine(name: ContactCard['name']): string {
  const parts = [name.last_name, name.first_name, name.middle_name, name.prefix, name.suffix].map(textOf)
  const known = parts.some((part) => part !== '') ? parts : ['', name.formatted_name, '', '', '']
  return `N:${known.map(escaped).join(';')}`
}

function orgLines(org: unknown): string[] {
  if (!isObject(org)) return []
  const company = [textOf(org.company), textOf(org.department)]
  while (company.at(-1) === '') company.pop()
  return [...(company.length > 0 ? [`ORG:${company.map(escaped).join(';')}`] : []), ...line('TITLE', textOf(org.title))]
}

/** With `waid` a phone offers to write to the number on WhatsApp. */
function phoneLine(phone: JsonObject): string[] {
  const number = textOf(phone.phone)
  const told = textOf(phone.wa_id) || (number.trim().startsWith('+') ? number : '')
  const waid = told.replace(/\D/g, '')
  return typed('TEL', phone.type, number || (waid && `+${waid}`), waid && `waid=${waid}`)
}

/** Post office box, extended address, street, city, region, code, country (RFC 2426, 3.2.1). */
function addressLine(address: JsonObject): string[] {
  const parts = ['', '', ...['street', 'city', 'state', 'zip', 'country'].map((part) => textOf(address[part]))]
  if (parts.every((part) => part === '')) return []
  return [`ADR${typeParam(address.type)}:${parts.map(escaped).join(';')}`]
}

function typed(name: string, type: unknown, value: string, param = ''): string[] {
  return line(`${name}${typeParam(type)}${param && `;${param}`}`, value)
}

function line(name: string, value: string): string[] {
  return value === '' ? [] : [`${name}:${escaped(value)}`]
}

/** Parameters cannot be escaped: what is no plain word is left out. */
function typeParam(type: unknown): string {
  const word = textOf(type).toUpperCase()
  return /^[A-Z0-9-]{1,32}$/.test(word) ? `;type=${word}` : ''
}

/** RFC 2426, section 4: text-value. Other control characters have no place in a card. */
function escaped(text: string): string {
  return (
    text
      .replace(/[\\,;]/g, '\\$&')
      .replace(/\r\n|\r|\n/g, '\\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
