// What those who receive for one line share.
import { newId } from '../../../kit/id.ts'
import { createLru, type Lru } from '../../../kit/lru.ts'
import type { PersonRef } from '../../../model/event-data.ts'
import type { OutMessage } from '../../../model/message.ts'
import type { LineSide } from '../parts.ts'
import { createDropped, type Dropped } from './dropped.ts'
import { createGroups, type Groups } from './groups.ts'
import { createPeople, type People } from './people.ts'
import { createSecrets, type Secrets } from './secrets.ts'

/** Messages whose writers are remembered, so that nobody else can edit or revoke them. */
const REMEMBERED = 1000

export interface Room {
  readonly side: LineSide
  /** The account's id. */
  readonly account: string
  readonly people: People
  readonly groups: Groups
  readonly secrets: Secrets
  readonly dropped: Dropped
  /** Who wrote a message, by `writerKey`. */
  readonly writers: Lru<PersonRef>
  readonly newFileId: (() => string) | null
  /** A message that this server sent for this account, by the id it has at WhatsApp. */
  sent(id: string): Promise<OutMessage | null>
}

export function createRoom(side: LineSide): Room {
  const { desk, account } = side
  const session = desk.session(account.id)
  const people = createPeople(session, side.self)
  return {
    side,
    account: account.id,
    people,
    groups: createGroups({ people, socket: side.socket, clock: desk.clock }),
    secrets: createSecrets(session),
    dropped: createDropped(side.log, (reason) => desk.dropped(account.id, reason)),
    writers: createLru<PersonRef>({ most: REMEMBERED }),
    get newFileId() {
      return side.account.media.download ? () => newId('med', desk.clock.now()) : null
    },
    sent: (id) => side.sentIds.find(id),
  }
}

export function writerKey(chat: string, id: string): string {
  return `${chat}\n${id}`
}

/** Whether two are the same person, as far as both tell. */
export function isSamePerson(one: PersonRef, other: PersonRef): boolean {
  if (one.lid !== null && other.lid !== null) return one.lid === other.lid
  return one.id === other.id
}

/** The addresses that somebody has at WhatsApp. */
export function jidsOf({ id, phone, lid }: PersonRef): string[] {
  const jids = [...(phone === null ? [] : [`${phone.slice(1)}@s.whatsapp.net`]), ...(lid === null ? [] : [lid])]
  return jids.length > 0 ? jids : [id]
}
