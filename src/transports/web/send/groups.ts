// Groups that are written to: who is in them, and whether this number may write there.
import { createLru } from '../../../kit/lru.ts'
import type { JsonObject } from '../../../model/content.ts'
import { phoneOf, plainJid } from '../address.ts'
import type { Self, Socket } from '../port.ts'
import { passing, statusOf, wordsOf, wrong } from './refusal.ts'

const REMEMBERED = 500
const HOLDS_MS = 5 * 60_000

/** Somebody in a group, by the names that WhatsApp tells. */
export interface Member {
  /** As the group addresses its members: by number, or by LID. */
  readonly jid: string
  readonly phone: string | null
  /** `...@lid` */
  readonly lid: string | null
  readonly isAdmin: boolean
}

export interface Group {
  readonly members: readonly Member[]
  /** Only admins write. */
  readonly isAnnouncing: boolean
  /** Seconds after which its messages vanish; null: they stay. */
  readonly expiresInS: number | null
}

export interface Groups {
  /** A group that this number may write to. Fails with SendError `refused`. */
  need(socket: Socket, id: string, self: Self | null): Promise<Group>
  /** Something in it changed. */
  forget(id: string): void
}

export function createGroups(now: () => number): Groups {
  const known = createLru<Group>({ most: REMEMBERED, holdsMs: HOLDS_MS, now })
  return {
    async need(socket, id, self) {
      const group = known.get(id) ?? (await ask(socket, id))
      // Not kept before it is known that there is a way in: the owner may be adding the number right now.
      const me = self && group.members.find((member) => isSelf(member, self))
      if (self && !me) throw notMember(id)
      known.set(id, group)
      if (me && group.isAnnouncing && !me.isAdmin)
        throw wrong(`to: in the group ${id} only admins write, and this number is none.`)
      return group
    },
    forget: known.forget,
  }
}

/** Jids of the members that a text names, as in `@27821234567`. */
export function mentionsIn(text: string, { members }: Group): string[] {
  const jids = new Set<string>()
  for (const [, digits = ''] of text.matchAll(/(?<![\w@])@(\d{5,20})(?!\w)/g)) {
    const byPhone = members.find(({ phone }) => phone === digits)
    const byLid = members.find(({ lid }) => lid === `${digits}@lid`)
    if (byPhone) jids.add(`${digits}@s.whatsapp.net`)
    else if (byLid) jids.add(`${digits}@lid`)
  }
  return [...jids]
}

async function ask(socket: Socket, id: string): Promise<Group> {
  try {
    return groupOf(await socket.group(id))
  } catch (thrown) {
    switch (statusOf(thrown)) {
      case 401:
      case 403:
        throw notMember(id)
      case 400:
      case 404:
      case 410:
        throw wrong(`to: there is no group ${id} that this number knows.`)
      default:
        throw passing(`WhatsApp did not say who is in the group ${id}: ${wordsOf(thrown)}.`, thrown)
    }
  }
}

/** As the library tells it: `participants` have `id`, one or both of `phoneNumber` and `lid`, and `admin`. */
function groupOf(told: JsonObject): Group {
  const list: unknown[] = Array.isArray(told.participants) ? told.participants : []
  const { announce, ephemeralDuration: seconds } = told
  const expiresInS = typeof seconds === 'number' && seconds > 0 ? seconds : null
  return { members: list.flatMap(memberOf), isAnnouncing: announce === true, expiresInS }
}

function memberOf(told: unknown): Member[] {
  if (typeof told !== 'object' || told === null) return []
  const { id, phoneNumber, lid, admin }: JsonObject = { ...told }
  if (typeof id !== 'string') return []
  const jids = [id, phoneNumber, lid].filter((jid) => typeof jid === 'string').map(plainJid)
  return [
    {
      jid: plainJid(id),
      phone: jids.map(phoneOf).find((phone) => phone !== null) ?? null,
      lid: jids.find((jid) => jid.endsWith('@lid')) ?? null,
      isAdmin: admin === 'admin' || admin === 'superadmin',
    },
  ]
}

function isSelf({ phone, lid }: Member, self: Self): boolean {
  return phone === self.phone || (lid !== null && self.lid !== null && lid === plainJid(self.lid))
}

function notMember(id: string): Error {
  return wrong(`to: this number is not a member of the group ${id}.`)
}
