// What every part of the simulated WhatsApp shares: its memory, its keys, its faults, its news, and ways to find people.
import type { proto } from 'baileys'
import type { Faults } from './faults.ts'
import type { News } from './news.ts'
import type { Account, Addressing, Companion, State } from './state.ts'
import type { Authority } from './wire/certificates.ts'
import type { Connection } from './wire/connection.ts'
import { addressOf, type Stanza } from './wire/stanza.ts'

export type World = {
  readonly state: State
  readonly faults: Faults
  readonly news: News
  readonly authority: Authority
  /** Open connections, and whose they are once somebody is logged in. */
  readonly connections: Map<Connection, Companion | null>
  /** Hosts for files, as `media_conn` answers them (`127.0.0.1:1234`), and the PEM of who vouches for them. */
  readonly media: { hosts: string[]; authority: string | null }
  /** How groups take and send messages; null while there are none. */
  groups: GroupTraffic | null
  /** Milliseconds for which each QR code of a connection is good. */
  readonly qrLivesMs: readonly number[]
  /** Milliseconds since the epoch. */
  now(): number
}

/** What the part that knows groups does for messages. */
export type GroupTraffic = {
  /** By which name its members are addressed; undefined when there is no such group. */
  addressingOf(group: string): Addressing | undefined
  /** A linked device sent something to a group (`to` ends in `@g.us`). The acknowledgement is not its business. */
  take(caller: Caller, message: Stanza): Promise<void>
  /** A phone writes to a group. Resolves with the message's id. */
  say(from: Account, group: string, content: proto.IMessage, options: SayOptions): Promise<string>
}

/** A linked device that is logged in, and the connection over which it speaks. */
export type Caller = { readonly connection: Connection; readonly companion: Companion; readonly account: Account }

/** How a phone sends a message. */
export type SayOptions = {
  /** Chosen by the phone when absent. */
  id?: string
  addressing?: Addressing
  /** Attributes of the stanza besides the usual, such as `edit: '7'`. */
  attrs?: Record<string, string>
  /** Seconds since the epoch; now when absent. */
  at?: number
  /** Only these linked devices get it, by id. */
  devices?: readonly number[]
}

/** Seconds since the epoch, as stanzas write them. */
export function stamp(world: World): string {
  return String(Math.floor(world.now() / 1000))
}

/** Who has this number, address or device's address; undefined when nobody here does. */
export function find(world: World, jid: string): Account | undefined {
  return world.state.accounts.get(jid.includes('@') ? addressOf(jid).user : jid.replace(/^\+/, ''))
}

/** Like find, but fails with a sentence. */
export function need(world: World, jid: string): Account {
  const account = find(world, jid)
  if (!account) throw new Error(`${jid} is not on WhatsApp`)
  return account
}

/** Whether somebody wants to hear nothing of another. */
export function isBlocked({ blocked }: Account, by: Account): boolean {
  return blocked.has(by.lid) || blocked.has(by.pn)
}

/** The linked devices that are still linked. */
export function companionsOf(account: Account): Companion[] {
  return [...account.companions.values()].filter((companion) => !companion.removed)
}

export function companionAt(world: World, jid: string): Companion | undefined {
  const companion = find(world, jid)?.companions.get(addressOf(jid).device)
  return companion?.removed ? undefined : companion
}

/** An account's address in one of its two names. */
export function nameOf(account: Account, addressing: Addressing): string {
  return addressing === 'lid' ? account.lid : account.pn
}

export function addressingOf(jid: string): Addressing {
  return addressOf(jid).server === 'lid' ? 'lid' : 'pn'
}
