// Who is online and who types: phones tell it, and linked devices that asked for it and are online themselves hear it.
import { keepLast, mostOddities } from '../bounds.ts'
import type { Account, Companion } from '../state.ts'
import { mention } from '../traffic/queue.ts'
import { children, type Stanza, stanza, withoutDevice } from '../wire/stanza.ts'
import { find, nameOf, type World } from '../world.ts'

/** What somebody does: `online` and `offline` for all, the others in a chat. */
export type Doing = 'online' | 'offline' | 'typing' | 'recording' | 'paused'

/** What a linked device told about itself. `to` is the chat, null for `online` and `offline`. */
export type Told = { by: string; device: number; to: string | null; doing: Doing }

export type Presence = {
  /**
   * A phone does something; seen by the devices of `chat` (an address; its group's members for a group). Seconds since
   * the epoch for `lastSeen`. Answers how many devices were told: WhatsApp tells only those that subscribed to the
   * phone and are online themselves.
   */
  shows(by: Account, doing: Doing, about?: { to?: Account; group?: string; lastSeen?: number }): number
  /** Whether this device would be told of this account. */
  isWatched(companion: Companion, account: Account): boolean
  /** What linked devices told, oldest first. */
  readonly told: Told[]
}

const chatStates = { typing: 'composing', recording: 'composing', paused: 'paused' } as const

export function openPresence(world: World): Presence {
  /** Addresses by which devices asked, without the device part. */
  const watched = new Map<Companion, Map<Account | string, string>>()
  const online = new Set<Companion>()
  const told: Told[] = []
  world.news.on('offline', (companion) => {
    online.delete(companion)
    watched.delete(companion)
  })
  world.news.on('heard', (what, companion) => {
    if (!companion) return
    const record = toldBy(what, companion)
    if (record) keepLast(told, record, mostOddities)
    if (what.tag !== 'presence') return
    const { type = 'available', to = '' } = what.attrs
    if (type === 'available') online.add(companion)
    if (type === 'unavailable') online.delete(companion)
    if (type !== 'subscribe') return
    const asked = watched.get(companion) ?? new Map<Account | string, string>()
    watched.set(companion, asked.set(find(world, to) ?? to, withoutDevice(to)))
  })
  return {
    told,
    isWatched: (companion, account) => online.has(companion) && watched.get(companion)?.has(account) === true,
    shows(by, doing, about = {}) {
      const audience = [...watched].filter(([companion, asked]) => {
        const isMeant = about.to === undefined || companion.account === about.to
        return isMeant && online.has(companion) && asked.has(about.group ?? by) && companion.account !== by
      })
      for (const [companion, asked] of audience) {
        const name = asked.get(by) ?? nameOf(by, by.addressing)
        mention(companion, shown({ name, by, doing }, about))
      }
      return audience.length
    },
  }
}

/** In a group, `from` is the group and `participant` the person. */
function shown(
  { name, by, doing }: { name: string; by: Account; doing: Doing },
  { group, lastSeen }: { group?: string; lastSeen?: number },
): Stanza {
  if (doing === 'online') return stanza('presence', { from: name })
  if (doing === 'offline') {
    return stanza('presence', {
      from: name,
      type: 'unavailable',
      last: lastSeen === undefined ? 'deny' : String(lastSeen),
    })
  }
  const state = stanza(chatStates[doing], doing === 'recording' ? { media: 'audio' } : {})
  return group === undefined
    ? stanza('chatstate', { from: name }, [state])
    : stanza('chatstate', { from: group, participant: by.lid }, [state])
}

function toldBy({ tag, attrs, ...rest }: Stanza, { account, id }: Companion): Told | undefined {
  const who = { by: account.number, device: id }
  if (tag === 'presence' && attrs.type !== 'subscribe') {
    return { ...who, to: null, doing: attrs.type === 'unavailable' ? 'offline' : 'online' }
  }
  const [state] = children({ tag, attrs, ...rest })
  if (tag !== 'chatstate' || !state) return undefined
  const doing = state.attrs.media === 'audio' ? 'recording' : 'typing'
  return { ...who, to: attrs.to ?? null, doing: state.tag === 'paused' ? 'paused' : doing }
}
