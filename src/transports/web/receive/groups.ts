// What is known of the groups that the number is in: their names and admins, asked for once and kept up by notices.
import type { Clock } from '../../../kit/clock.ts'
import { createLru } from '../../../kit/lru.ts'
import type { ChatRef } from '../../../model/event-data.ts'
import type { Socket } from '../port.ts'
import { parseJid } from './jid.ts'
import { addressesOf, type People } from './people.ts'
import { asList, asObject, asText, isObject, type Wire } from './values.ts'

const REMEMBERED = 500
/** A message waits this long for its group's name, and is told without it then. */
const PATIENCE_MS = 3000
/** How long after a failure it is not asked again. */
const AGAIN_MS = 60_000
const MAX_PARTICIPANTS = 4096

export interface Group {
  subject: string | null
  description: string | null
  /** Numbers and LIDs as jids. */
  readonly admins: Set<string>
}

export interface Groups {
  chat(id: string): Promise<ChatRef>
  /** Null when it could not be found out. */
  isAdmin(id: string, jids: readonly (string | null)[]): Promise<boolean | null>
  /** What is known now, without asking. */
  peek(id: string): Group | null
  /** Takes in all or some of a group's metadata. */
  heard(metadata: Wire): Promise<void>
  /** Somebody became an admin, or is none any more. */
  promoted(id: string, participants: readonly unknown[], isAdmin: boolean): void
}

export interface GroupsParts {
  readonly people: People
  readonly socket: () => Socket | null
  readonly clock: Clock
}

export function createGroups({ people, socket, clock }: GroupsParts): Groups {
  const known = createLru<Group>({ most: REMEMBERED })
  const asked = createLru<Promise<void>>({ most: REMEMBERED })
  const failedAt = createLru<number>({ most: REMEMBERED })

  const heard = async (metadata: Wire): Promise<void> => {
    const id = parseJid(metadata.id)
    if (id?.kind !== 'group') return
    const isWhole = Array.isArray(metadata.participants)
    const before = known.get(id.text)
    if (!before && !isWhole) return
    const participants = asList(metadata.participants).filter(isObject).slice(0, MAX_PARTICIPANTS)
    const admins = participants.filter((one) => asText(one.admin) !== null || one.isAdmin === true).flatMap(jidsOf)
    known.set(id.text, {
      subject: asText(metadata.subject) ?? before?.subject ?? null,
      description: asText(metadata.desc) ?? before?.description ?? null,
      admins: isWhole ? new Set(admins) : (before?.admins ?? new Set()),
    })
    await people.learnAll(participants.map(knownOf))
  }

  const ask = async (id: string): Promise<void> => {
    const line = socket()
    if (line === null || (failedAt.get(id) ?? Number.NEGATIVE_INFINITY) > clock.now() - AGAIN_MS) return
    try {
      await heard({ ...(await line.group(id)), id })
    } catch {
      failedAt.set(id, clock.now())
    }
  }

  /** All who want the same group share one question, and nobody waits for long. */
  const need = async (id: string): Promise<Group | null> => {
    const found = known.get(id)
    if (found) return found
    const asking = asked.get(id) ?? ask(id).finally(() => asked.forget(id))
    asked.set(id, asking)
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.after(PATIENCE_MS, resolve)
    await Promise.race([asking, promise])
    timer.cancel()
    return known.get(id) ?? null
  }

  return {
    chat: async (id) => groupChat(id, (await need(id))?.subject ?? null),
    async isAdmin(id, jids) {
      const group = await need(id)
      return group && jids.some((jid) => jid !== null && group.admins.has(jid))
    },
    peek: (id) => known.get(id) ?? null,
    heard,
    promoted(id, participants, isAdmin) {
      const group = known.get(id)
      for (const jid of participants.filter(isObject).flatMap(jidsOf)) {
        if (isAdmin) group?.admins.add(jid)
        else group?.admins.delete(jid)
      }
    },
  }
}

export function groupChat(id: string, name: string | null): ChatRef {
  return { id, phone: null, lid: null, name, is_group: true }
}

/** A participant's addresses. */
export function knownOf(participant: unknown): { phone: string | null; lid: string | null } {
  const { id, phoneNumber, lid } = asObject(typeof participant === 'string' ? { id: participant } : participant)
  const own = parseJid(id)
  const told = addressesOf(own, parseJid(phoneNumber))
  return { phone: told.phone, lid: told.lid ?? addressesOf(parseJid(lid), null).lid }
}

function jidsOf(participant: Wire): string[] {
  const { phone, lid } = knownOf(participant)
  return [...(phone === null ? [] : [`${phone}@s.whatsapp.net`]), ...(lid === null ? [] : [`${lid}@lid`])]
}
