// What can be said of a chat by its id alone.
import type { ChatRef } from './event-data.ts'

/** Meta's id of a person independent of the number: country, a dot, letters and digits. */
const BUSINESS_SCOPED = /^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$/

/** WhatsApp's id of a person whose number it keeps to itself, on linked devices. */
const LINKED = /^\d{5,20}@lid$/

/** A person's chat id is the number's digits or WhatsApp's id of the person; anything else is a group. */
export function chatRef(id: string): ChatRef {
  const isNumber = /^\d+$/.test(id)
  const isPerson = BUSINESS_SCOPED.test(id) || LINKED.test(id)
  return {
    id,
    phone: isNumber ? `+${id}` : null,
    lid: isPerson ? id : null,
    name: null,
    is_group: !isNumber && !isPerson,
  }
}
