// Reads a vCard (RFC 6350; phones write 3.0 and 2.1) into the shape that the Cloud API has for contacts.
import type { ContactCard } from '../../../../model/content.ts'
import { present, type Wire } from '../values.ts'

const MAX_CARD = 64 * 1024
const MAX_LINES = 300

interface CardLine {
  readonly name: string
  readonly params: ReadonlyMap<string, string>
  readonly value: string
}

/** Never fails: what is no vCard is a contact with a name and nothing else. */
export function readVcard(text: string, displayName: string | null): ContactCard {
  const lines = linesOf(text)
  const first = (name: string): string | null => lines.find((line) => line.name === name)?.value || null
  const all = (name: string): CardLine[] => lines.filter((line) => line.name === name && line.value !== '')
  const formatted = (first('FN') && plain(first('FN') ?? '')) || displayName || ''
  return {
    name: { formatted_name: formatted, ...nameOf(first('N')) },
    ...listed(
      'phones',
      all('TEL').map((line) =>
        present({ phone: plain(line.value), type: typeOf(line), wa_id: digits(line.params.get('WAID')) }),
      ),
    ),
    ...listed(
      'emails',
      all('EMAIL').map((line) => present({ email: plain(line.value), type: typeOf(line) })),
    ),
    ...listed(
      'urls',
      all('URL').map((line) => present({ url: plain(line.value), type: typeOf(line) })),
    ),
    ...listed('addresses', all('ADR').map(addressOf)),
    ...orgOf(first('ORG'), first('TITLE')),
    ...birthdayOf(first('BDAY')),
  }
}

function listed(key: string, items: readonly Wire[]): { [key: string]: readonly Wire[] } {
  return items.length === 0 ? {} : { [key]: items }
}

/** Lines that were folded are joined; `item1.TEL` is a TEL. */
function linesOf(text: string): CardLine[] {
  const unfolded = text.slice(0, MAX_CARD).replaceAll(/\r?\n[ \t]/g, '')
  return unfolded
    .split(/\r?\n/)
    .slice(0, MAX_LINES)
    .map(lineOf)
    .filter((line) => line !== null)
}

function lineOf(text: string): CardLine | null {
  const colon = text.indexOf(':')
  if (colon <= 0) return null
  const [head = '', ...rest] = text.slice(0, colon).split(';')
  const params = rest.map((param): [string, string] => {
    const [key = '', ...value] = param.split('=')
    // vCard 2.1 writes `TEL;CELL:`.
    return value.length === 0 ? ['TYPE', key] : [key.toUpperCase(), value.join('=')]
  })
  const name = head.slice(head.lastIndexOf('.') + 1).toUpperCase()
  return { name, params: new Map(params), value: text.slice(colon + 1).trim() }
}

function typeOf(line: CardLine): string | null {
  const type = line.params.get('TYPE')?.split(',')[0]?.replaceAll('"', '')
  return type ? type.toUpperCase() : null
}

function nameOf(value: string | null): Wire {
  const [last, first, middle, prefix, suffix] = parts(value)
  return present({
    first_name: first || null,
    last_name: last || null,
    middle_name: middle || null,
    prefix: prefix || null,
    suffix: suffix || null,
  })
}

function addressOf(line: CardLine): Wire {
  const [, , street, city, state, zip, country] = parts(line.value)
  const told = { street, city, state, zip, country, type: typeOf(line) }
  return Object.fromEntries(
    Object.entries(told).filter(([, value]) => value !== undefined && value !== '' && value !== null),
  )
}

function orgOf(org: string | null, title: string | null): { org?: Wire } {
  const [company, department] = parts(org)
  const told = present({
    company: company || null,
    department: department || null,
    title: title === null ? null : plain(title),
  })
  return Object.keys(told).length === 0 ? {} : { org: told }
}

/** `1985-04-12` or `19850412`. */
function birthdayOf(value: string | null): { birthday?: string } {
  const found = value && /^(\d{4})-?(\d{2})-?(\d{2})/.exec(value)
  return found ? { birthday: `${found[1]}-${found[2]}-${found[3]}` } : {}
}

/** Split at semicolons that are not escaped. */
function parts(value: string | null): string[] {
  return value === null ? [] : value.split(/(?<!\\);/).map((part) => plain(part).trim())
}

function plain(value: string): string {
  return value.replaceAll(/\\([,;\\nN])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped))
}

function digits(value: string | undefined): string | null {
  return value !== undefined && /^\d{5,20}$/.test(value) ? value : null
}
