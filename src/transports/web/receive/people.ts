// Who is who: phone numbers and LIDs of the same person, and their names, remembered in the line's session.
//
// WhatsApp addresses people by number or by LID as it likes. A chat must not fall in two for that, so whatever tells
// both (envelopes, notices, lists of a group) is learned, and kept over restarts: who is known by both once is always
// told by both.
import { createLru } from '../../../kit/lru.ts'
import type { ChatRef, PersonRef } from '../../../model/event-data.ts'
import type { SessionStoreOf } from '../../transport.ts'
import type { Self } from '../port.ts'
import { type Jid, parseJid } from './jid.ts'
import { asObject, asText } from './values.ts'

const REMEMBERED = 4000
const KEY_TYPE = 'person'
/** Longer names are cut. */
export const MAX_NAME = 256

/** What is known of somebody. Digits of the number and of the LID; `push` is the name given by themselves, `saved` by us. */
export interface Known {
  readonly phone: string | null
  readonly lid: string | null
  readonly push: string | null
  readonly saved: string | null
}

export interface People {
  /**
   * Somebody by one address or two (the other may be the number or the LID; what is no address is as if not told), with
   * the name that they give themselves. Learns what is new.
   */
  person(jid: unknown, alt?: unknown, name?: string | null): Promise<PersonRef>
  /** What is known, without learning anything. */
  known(jid: unknown): Promise<Known | null>
  /** Learns; answers what was known before and what is known now, null for what is no person. */
  learn(told: Partial<Known>): Promise<{ before: Known; now: Known } | null>
  /** Learns many at once, in one unit. */
  learnAll(told: readonly Partial<Known>[]): Promise<void>
  isSelf(jid: unknown): boolean
  self(): PersonRef
}

/** @param self who this device is */
export function createPeople(session: SessionStoreOf, self: () => Self | null): People {
  const recent = createLru<Known>({ most: REMEMBERED })

  const load = async (ids: readonly string[]): Promise<void> => {
    const missing = ids.filter((id) => recent.get(id) === undefined)
    if (missing.length === 0) return
    const found = await session.get(KEY_TYPE, missing)
    for (const [id, text] of found) recent.set(id, readKnown(text))
  }

  const recall = (told: Partial<Known>): Known => {
    const byLid = told.lid ? recent.get(`l${told.lid}`) : undefined
    const byPhone = told.phone ? recent.get(`p${told.phone}`) : undefined
    const one = byLid ?? byPhone ?? UNKNOWN
    return byLid && byPhone ? { ...byLid, push: byLid.push ?? byPhone.push, saved: byLid.saved ?? byPhone.saved } : one
  }

  const learnAll = async (list: readonly Partial<Known>[]): Promise<{ before: Known; now: Known }[]> => {
    await load(list.flatMap(idsOf))
    const keys: { type: string; id: string; value: string }[] = []
    const learned: { before: Known; now: Known }[] = []
    for (const told of list) {
      const before = recall(told)
      const now = merged(before, told)
      learned.push({ before, now })
      const stale = idsOf(now).filter((id) => !same(recent.get(id), now))
      for (const id of stale) recent.set(id, now)
      if (isWorthKeeping(now)) keys.push(...stale.map((id) => ({ type: KEY_TYPE, id, value: JSON.stringify(now) })))
    }
    if (keys.length > 0) await session.put({ keys })
    return learned
  }

  const learn = async (told: Partial<Known>): Promise<{ before: Known; now: Known } | null> =>
    idsOf(told).length === 0 ? null : ((await learnAll([told]))[0] ?? null)

  return {
    async person(jid, alt, name = null) {
      const one = parseJid(jid)
      const told = addressesOf(one, parseJid(alt))
      if (told.phone === null && told.lid === null) return { id: one?.text ?? '', phone: null, lid: null, name }
      const learned = await learn({ ...told, ...(name === null ? null : { push: name }) })
      return refOf(learned?.now ?? UNKNOWN)
    },
    async known(jid) {
      const ids = idsOf(addressesOf(parseJid(jid), null))
      await load(ids)
      return ids.map((id) => recent.get(id)).find((one) => one !== undefined) ?? null
    },
    learn,
    learnAll: async (told) => void (await learnAll(told.filter((one) => idsOf(one).length > 0))),
    isSelf(jid) {
      const { phone, lid } = selfAddresses(self())
      const one = parseJid(jid)
      return one !== null && ((one.kind === 'phone' && one.user === phone) || (one.kind === 'lid' && one.user === lid))
    },
    // Without a name, as numbers on the Cloud API tell of themselves.
    self: () => refOf({ ...UNKNOWN, ...selfAddresses(self()) }),
  }
}

const UNKNOWN: Known = { phone: null, lid: null, push: null, saved: null }

/** A chat with one person. */
export function chatWith({ id, phone, lid, name }: PersonRef): ChatRef {
  return { id, phone, lid, name, is_group: false }
}

/** The number and the LID in two addresses of the same person. */
export function addressesOf(one: Jid | null, other: Jid | null): { phone: string | null; lid: string | null } {
  const of = (kind: Jid['kind']): string | null => [one, other].find((jid) => jid?.kind === kind)?.user ?? null
  return { phone: of('phone'), lid: of('lid') }
}

export function refOf({ phone, lid, push, saved }: Known): PersonRef {
  const lidJid = lid === null ? null : `${lid}@lid`
  return { id: phone ?? lidJid ?? '', phone: phone === null ? null : `+${phone}`, lid: lidJid, name: push ?? saved }
}

function selfAddresses(self: Self | null): { phone: string | null; lid: string | null } {
  return { phone: self?.phone ?? null, lid: parseJid(self?.lid)?.user ?? null }
}

function idsOf({ phone, lid }: Partial<Known>): string[] {
  return [...(lid ? [`l${lid}`] : []), ...(phone ? [`p${phone}`] : [])]
}

function merged(before: Known, told: Partial<Known>): Known {
  return {
    phone: told.phone ?? before.phone,
    lid: told.lid ?? before.lid,
    push: told.push ?? before.push,
    saved: told.saved ?? before.saved,
  }
}

function same(one: Known | undefined, other: Known): boolean {
  return (
    one !== undefined &&
    one.phone === other.phone &&
    one.lid === other.lid &&
    one.push === other.push &&
    one.saved === other.saved
  )
}

/** A bare number or LID says nothing that its next message does not say. */
function isWorthKeeping(known: Known): boolean {
  return (known.phone !== null && known.lid !== null) || known.push !== null || known.saved !== null
}

function readKnown(text: string): Known {
  try {
    const value = asObject(JSON.parse(text))
    return {
      phone: asText(value.phone),
      lid: asText(value.lid),
      push: asText(value.push),
      saved: asText(value.saved),
    }
  } catch {
    return UNKNOWN
  }
}
