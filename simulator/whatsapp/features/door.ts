// What can be done besides linking and writing, in words: people are named by number or address, groups by id.
import type { proto, WAPatchName } from 'baileys'
import type { Change, Group, GroupDoor, Outcome, Rank } from '../groups/index.ts'
import type { MediaStore } from '../media/index.ts'
import { inTurn } from '../phones/turn.ts'
import type { Account, Addressing, Companion } from '../state.ts'
import type { Stanza } from '../wire/stanza.ts'
import { need, type SayOptions, type World } from '../world.ts'
import type { AppState } from './app-state.ts'
import type { Call, CallState, Calls } from './calls.ts'
import type { Channels, Published } from './channels.ts'
import type { Contacts, Picture } from './contacts.ts'
import { type Past, type PastChat, type PastMessage, partner, rememberPast, sayHistory } from './history.ts'
import * as told from './notifications.ts'
import type { Doing, Presence, Told } from './presence.ts'
import type { Reuploads } from './reupload.ts'
import { sendStrange } from './strange-stanzas.ts'

/** A group as the doors show it; members by number. */
export type GroupView = {
  id: string
  subject: string
  description: string | null
  addressing: Addressing
  creator: string
  members: Record<string, Rank>
  inviteCode: string
  announces: boolean
  locked: boolean
  expires: number
  waiting: string[]
}

/** A change as the doors take it: those whom it is about by number. */
export type ChangeInWords =
  | Exclude<Change, { who: readonly Account[] }>
  | { is: 'add' | 'remove' | 'promote' | 'demote'; who: readonly string[] }

export type CallView = {
  id: string
  from: string
  to: string
  isVideo: boolean
  group: string | null
  state: CallState
}

/** The past, with people by number. */
export type PastInWords = Omit<Past, 'chats' | 'names' | 'people'> & {
  chats?: readonly (Omit<PastChat, 'with' | 'messages'> & {
    with: string
    messages?: readonly (Omit<PastMessage, 'from'> & { from?: string })[]
  })[]
  names?: readonly string[]
  people?: readonly string[]
}

export type FeatureDoor = {
  readonly media: MediaStore
  readonly groups: {
    /** The members' devices hear of it unless `quietly`. The creator need not be among `members`. */
    create(options: {
      subject: string
      creator: string
      members: readonly string[]
      admins?: readonly string[]
      addressing?: Addressing
      id?: string
      quietly?: boolean
    }): GroupView
    /** Done on somebody's phone. Fails with WhatsApp's words when they may not. */
    change(id: string, by: string, change: ChangeInWords): { number: string; code: string }[]
    /** Somebody comes by the invitation. */
    join(id: string, who: string): void
    view(id: string): GroupView
    list(): GroupView[]
  }
  readonly calls: {
    ring(from: string, to: string, options?: { video?: boolean; group?: string; id?: string }): CallView
    end(id: string, how?: 'ended' | 'missed'): CallView
    list(): CallView[]
  }
  readonly presence: {
    /** Answers how many devices were told: those that subscribed, and are online themselves. */
    shows(by: string, doing: Doing, about?: { to?: string; group?: string; lastSeen?: number }): number
    /** Whether any device of `to` would be told of `by`. */
    isWatched(by: string, to: string): boolean
    /** What linked devices told of themselves. */
    told(): Told[]
  }
  readonly profiles: {
    /** A JPEG, or null: none. One's own, or a group's. */
    setPicture(by: string, bytes: Uint8Array | null, group?: string): Picture | null
    /** Of a person or a group. */
    picture(of: string): Picture | undefined
  }
  readonly history: {
    /** The phone sends it to a device of its own. Resolves with the message's id. */
    send(account: string, device: number, past: PastInWords): Promise<string>
    /** The phone has these old messages, and tells them to a device that asks for older ones. */
    remembers(account: string, chats: NonNullable<PastInWords['chats']>): void
  }
  readonly settings: {
    shareKey(account: string, device: number): Promise<string>
    set(account: string, setting: Parameters<AppState['set']>[1]): Promise<void>
    nameContact(account: string, contact: string, name: string): Promise<void>
    patches(account: string, collection: WAPatchName): number
    /** Whether a device that knows nothing gets all as one file (true at the start), or patch by patch. */
    givesSnapshots(on: boolean): void
  }
  readonly status: {
    /** Resolves with the message's id. */
    post(by: string, audience: readonly string[], content: proto.IMessage, options?: SayOptions): Promise<string>
  }
  readonly channels: {
    says(channel: string, followers: readonly string[], content: proto.IMessage): string
    published(): Published[]
  }
  readonly notices: {
    disappearing(account: string, seconds: number): void
    blocks(account: string, whom: string, isBlocked?: boolean): void
    /** `to` hears that a contact linked or unlinked this device. */
    devices(to: string, about: { contact: string; device: number; is: 'add' | 'remove' }): void
    runsLowOnKeys(account: string, device: number, left?: number): void
    /** The contact's phone was set up anew, with other keys. */
    reinstalls(contact: string, to: readonly string[]): void
    timelock(account: string, until: number | null): void
    /** Any notification; answers its id. */
    any(to: string, about: Parameters<typeof told.notify>[2], parts: Stanza[]): string
  }
  /** What phones do when a device asks for a file again; `brings` at the start. */
  reuploads(how: Reuploads): void
  /** Any stanza to a device, past the queue; see strange-stanzas.ts. Answers false when it is not there. */
  strange(account: string, device: number, what: Stanza | Stanza[]): boolean
}

export type Features = {
  media: MediaStore
  groups: GroupDoor
  calls: Calls
  presence: Presence
  contacts: Contacts
  appState: AppState
  channels: Channels
  reuploads: (how: Reuploads) => void
}

export function featureDoor(world: World, features: Features): FeatureDoor {
  const { media, contacts, appState, channels } = features
  const who = (name: string): Account => need(world, name)
  const all = (names: readonly string[]): Account[] => names.map(who)
  return {
    media,
    groups: groupsDoor(features.groups, who),
    calls: callsDoor(features.calls, who),
    presence: presenceDoor(features.presence, who),
    profiles: {
      setPicture(by, bytes, group) {
        return contacts.setPicture(who(by), bytes, group === undefined ? undefined : features.groups.need(group).id)
      },
      picture: (of) => contacts.picture(of.endsWith('@g.us') ? of : who(of)),
    },
    history: {
      send: (account, device, past) =>
        sayHistory(world, media, { account: who(account), device, past: pastOf(world, past) }),
      remembers: (account, chats) => rememberPast(who(account), pastOf(world, { kind: 'on-demand', chats })),
    },
    settings: {
      shareKey: (account, device) => appState.shareKey(who(account), device),
      set: (account, setting) => appState.set(who(account), setting),
      nameContact: (account, contact, name) => appState.nameContact(who(account), who(contact), name),
      patches: (account, collection) => appState.patches(who(account), collection),
      givesSnapshots: (on) => appState.givesSnapshots(on),
    },
    status: {
      post: (by, audience, content, options = {}) =>
        inTurn(who(by), () => features.groups.sayStatus(who(by), all(audience), { content, options })),
    },
    channels: {
      says: (channel, followers, content) => channels.says(channel, all(followers), content),
      published: () => [...channels.published],
    },
    notices: noticesDoor(world, who),
    reuploads: features.reuploads,
    strange: (account, device, what) => sendStrange(deviceOf(who(account), device), what),
  }
}

type Who = (name: string) => Account

function groupsDoor(groups: GroupDoor, who: Who): FeatureDoor['groups'] {
  return {
    create({ creator, members, admins = [], ...options }) {
      const people = { creator: who(creator), members: members.map(who), admins: admins.map(who) }
      return viewOf(groups.create({ ...options, ...people }))
    },
    change: (id, by, change) => groups.change(id, who(by), changeOf(change, who)).map(shownOutcome),
    join: (id, name) => groups.join(id, who(name)),
    view: (id) => viewOf(groups.need(id)),
    list: () => [...groups.all.values()].map(viewOf),
  }
}

function changeOf(change: ChangeInWords, who: Who): Change {
  return 'who' in change ? { is: change.is, who: change.who.map(who) } : change
}

const shownOutcome = ({ who, code }: Outcome) => ({ number: who.number, code })

function viewOf(group: Group): GroupView {
  const { id, subject, description, addressing, creator, members, inviteCode, announces, locked, expires } = group
  return {
    ...{ id, subject: subject.text, description: description?.text ?? null, addressing, creator: creator.number },
    members: Object.fromEntries([...members].map(([{ number }, rank]) => [number, rank])),
    ...{ inviteCode, announces, locked, expires, waiting: [...group.requests.keys()].map(({ number }) => number) },
  }
}

function callsDoor(calls: Calls, who: Who): FeatureDoor['calls'] {
  const shown = ({ from, to, ...call }: Call): CallView => ({ ...call, from: from.number, to: to.number })
  return {
    ring: (from, to, options) => shown(calls.ring(who(from), who(to), options)),
    end: (id, how) => shown(calls.end(id, how)),
    list: () => calls.all.map(shown),
  }
}

function presenceDoor(presence: Presence, who: Who): FeatureDoor['presence'] {
  return {
    shows: (by, doing, { to, ...about } = {}) =>
      presence.shows(who(by), doing, { ...about, ...(to === undefined ? {} : { to: who(to) }) }),
    isWatched: (by, to) => [...who(to).companions.values()].some((each) => presence.isWatched(each, who(by))),
    told: () => [...presence.told],
  }
}

function noticesDoor(world: World, who: Who): FeatureDoor['notices'] {
  return {
    disappearing: (account, seconds) => told.tellDisappearing(world, who(account), seconds),
    blocks: (account, whom, isBlocked = true) => told.tellBlocked(world, who(account), who(whom), isBlocked),
    devices(to, { contact, device, is }) {
      told.tellDevices(world, who(to), { contact: who(contact), companion: deviceOf(who(contact), device), is })
    },
    runsLowOnKeys: (account, device, left) => told.runLowOnKeys(world, deviceOf(who(account), device), left),
    reinstalls: (contact, to) => told.reinstall(world, who(contact), to.map(who)),
    timelock: (account, until) => told.tellTimelock(world, who(account), until),
    any: (to, about, parts) => told.notify(world, who(to), about, parts),
  }
}

function pastOf(world: World, { chats = [], names = [], people = [], ...rest }: PastInWords): Past {
  const who = (name: string): Account => need(world, name)
  return {
    ...rest,
    names: names.map(who),
    people: people.map(who),
    chats: chats.map(({ messages = [], ...chat }) => ({
      ...chat,
      with: partner(world, chat.with),
      messages: messages.map(({ from, ...message }) => ({
        ...message,
        ...(from === undefined ? {} : { from: who(from) }),
      })),
    })),
  }
}

function deviceOf(account: Account, id: number): Companion {
  const companion = account.companions.get(id)
  if (!companion) throw new Error(`${account.number} has no linked device ${id}`)
  return companion
}
