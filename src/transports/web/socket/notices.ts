// Passes on what the library tells of groups, people and calls: one plain object at a time.
import type { BaileysEventMap, WASocket } from 'baileys'

type Notice = (what: string, value: Readonly<Record<string, unknown>>) => void

/** The library's events that are told; each is one object or a list of them. */
const TOLD = [
  'groups.upsert',
  'groups.update',
  'group-participants.update',
  'group.join-request',
  'presence.update',
  'call',
  'contacts.upsert',
  'contacts.update',
  'lid-mapping.update',
] as const satisfies readonly (keyof BaileysEventMap)[]

export function tellNotices({ ev }: Pick<WASocket, 'ev'>, notice: Notice): void {
  for (const what of TOLD) {
    ev.on(what, (told) => {
      for (const value of Array.isArray(told) ? told : [told]) if (value !== undefined) notice(what, { ...value })
    })
  }
}
