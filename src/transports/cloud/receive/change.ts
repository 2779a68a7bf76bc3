// One change of a callback on its way to becoming events: what the parts that read it share.
import { createHash } from 'node:crypto'
import type { EventDraft } from '../../../model/event.ts'
import type { ErrorRef } from '../../../model/event-data.ts'
import type { OutMessage } from '../../../model/message.ts'
import { asText, isObject, jsonOf, type Wire } from '../wire.ts'

/** Whose change it is. */
export interface Receiver {
  readonly account: string
  readonly phoneNumberId: string
  /** `+15550000000`, null while unknown. */
  readonly phoneNumber: string | null
  /** Makes our id of a file that is to be fetched; null when files are left at Meta. */
  readonly newFileId: (() => string) | null
}

/** What is known of the messages that statuses speak about. */
export interface Known {
  readonly outgoing: ReadonlyMap<string, OutMessage>
  publicId(message: OutMessage, candidate: string): string
}

export interface Change {
  readonly receiver: Receiver
  readonly known: Known
  readonly entryId: string | null
  /** Meta's `entry.time` as it came: part of what makes a change the same one when it is told again. */
  readonly entryTime: unknown
  /** The same in ms since epoch, 0 when it makes no sense: never our own clock, for a repetition must repeat it. */
  readonly at: number
  readonly field: string
  readonly value: unknown
  /** Of the whole body; only for things that cannot be written as JSON again. */
  fingerprint(): string
  /** How many items may still become events of their own; Meta sends at most 1000 in a POST. */
  readonly budget: { left: number }
  readonly drafts: EventDraft[]
}

/** An error of Meta's in a callback, in the words that our events have for it. */
export function errorRefOf(value: unknown): ErrorRef | null {
  if (!isObject(value)) return null
  const data = value.error_data
  const code = Number(value.code)
  return {
    code: value.code !== undefined && Number.isSafeInteger(code) ? code : null,
    title: asText(value.title),
    message: asText(value.message),
    details: isObject(data) ? asText(data.details) : asText(data),
  }
}

/** Dedupe key of what has no id of its own: the same bytes told again are the same thing. */
export function factKey(change: Change, json: string, place = ''): string {
  const told = `[${jsonOf(change.entryId)},${jsonOf(change.entryTime)},${jsonOf(change.field)},${jsonOf(place)},${json}]`
  return `f:${change.receiver.account}:${createHash('sha256').update(told).digest('base64url')}`
}

/** Adds an event about a fact of the business or the account: no chat of its own unless told. */
export function addFact(
  change: Change,
  fact: { type: string; data: unknown; item: unknown; place?: string; chat?: string | null },
): boolean {
  const data = jsonOf(fact.data)
  const raw = jsonOf(fact.item)
  if (data === null || raw === null) return false
  change.drafts.push({
    type: fact.type,
    account: change.receiver.account,
    chat: fact.chat ?? null,
    data,
    raw,
    origin: { at: change.at, key: factKey(change, raw, fact.place) },
    news: null,
  })
  return true
}

/**
 * Adds Meta's own object as `meta.<field>`: for fields that we have no event for, and for single items that are not
 * what they should be. `place` is where the item stood; empty for the whole change.
 */
export function addRaw(change: Change, item: unknown, place = ''): void {
  const json = jsonOf(item)
  const head = `{"field":${jsonOf(change.field)},"entry_id":${jsonOf(change.entryId)}`
  const tail =
    json === null ? '"item":null,"note":"Nested too deeply to be written; the item is not kept."' : `"item":${json}`
  change.drafts.push({
    type: metaType(change.field),
    account: change.receiver.account,
    chat: null,
    data: `${head},${tail}}`,
    raw: json,
    origin: { at: change.at, key: factKey(change, json ?? `"${change.fingerprint()}"`, place) },
    news: null,
  })
}

/** `meta.<field>`, with what cannot stand in an event's name left out of it. */
export function metaType(field: string): string {
  return /^[a-z0-9_]{1,64}$/.test(field) ? `meta.${field}` : 'meta.unknown'
}

/**
 * Lets `add` turn each item of a list into events; it answers false for what it cannot read, which then becomes a raw
 * event, so that one bad item never costs another. Beyond the budget, the rest of the list is one raw event.
 */
export function eachItem(
  change: Change,
  list: { items: readonly unknown[]; place: string },
  add: (item: Wire, place: string) => boolean,
): void {
  for (const [index, item] of list.items.entries()) {
    const place = `${list.place}[${index}]`
    if (change.budget.left <= 0) {
      addRaw(change, { [list.place]: list.items.slice(index) }, place)
      return
    }
    change.budget.left -= 1
    if (!isObject(item) || !add(item, place)) addRaw(change, item, place)
  }
}
