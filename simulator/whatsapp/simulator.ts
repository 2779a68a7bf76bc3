// What the simulated WhatsApp offers to those who drive it from the same process: the types behind the door.
import type { AckError, Limit, Limited, LinkFault } from './faults.ts'
import type { FeatureDoor } from './features/index.ts'
import type { Happenings, News } from './news.ts'
import type { PhoneProfile } from './phones/accounts.ts'
import type { Content } from './phones/sending.ts'
import type { Addressing, ReceiptRecord, Received, Unread } from './state.ts'
import type { Stanza } from './wire/stanza.ts'
import type { SayOptions } from './world.ts'

/** How a simulator is started. Everything has a default that suits tests. */
export type WhatsAppSimulatorOptions = {
  /** Port to listen on; 0 (default) lets the system choose. */
  port?: number
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string
  /** Where the time comes from, in milliseconds since the epoch. */
  clock?: { now(): number }
  /** Milliseconds for which each QR code of a device is good; the length says how many. Default: 60 s, then five times 20 s. */
  qrLivesMs?: readonly number[]
  /** By which name phones address what they send, unless their profile says otherwise; default `lid`. */
  addressing?: Addressing
}

/** What `whatsapp_trust` names: whom to believe instead of WhatsApp itself. */
export type Trust = {
  /** Base64 of the 32 bytes of the public key in which the server's certificates end. */
  noise_root: string
  /** `host:port` */
  media_hosts: string[]
  /** PEM; null while no host serves files. */
  media_ca: string | null
}

/** One linked device of a phone: `{ phone, id }` is enough to name it. */
export type DeviceName = { readonly phone: string; readonly id: number }

/** A linked device as it is at the moment. */
export type LinkedDevice = DeviceName & {
  /** `15551234567:2@s.whatsapp.net` */
  readonly jid: string
  readonly lid: string
  /** What the phone shows in its list of linked devices. */
  readonly os: string
  /** False once it was unlinked. */
  readonly linked: boolean
  readonly online: boolean
  /** True while it takes messages. */
  readonly active: boolean
  /** One-time keys that it has left at the server. */
  readonly keys: number
  /** What it has not confirmed. */
  readonly waiting: readonly { readonly tag: string; readonly id: string; readonly type: string | null }[]
}

export type WaitOptions = { what?: string; withinMs?: number }

/** Somebody's phone. People are named by number (`15551234567`) or address. */
export type Phone = {
  readonly number: string
  /** `15551234567@s.whatsapp.net` */
  readonly pn: string
  /** `990015551234567@lid` */
  readonly lid: string
  readonly name: string
  /** Scans the text of a QR code. Resolves with the device once both sides have signed; fails with why it is not linked. */
  scans(qr: string): Promise<LinkedDevice>
  /** Types a code of eight characters that a device shows (waits until one asks for it). */
  enters(code: string): Promise<LinkedDevice>
  /** Writes to somebody or a group; one's own devices get a copy. Resolves with the id once it lies with every device. */
  says(to: string, content: Content, options?: SayOptions): Promise<string>
  /** Tells who wrote these messages that they arrived. */
  delivers(from: string, ids: readonly string[], options?: { group?: string }): void
  reads(from: string, ids: readonly string[], options?: { group?: string }): void
  /** Has listened to voice messages. */
  plays(from: string, ids: readonly string[], options?: { group?: string }): void
  /** Could not read a message: asks the device that wrote it, with new keys. */
  asksAgain(id: string, options?: { count?: number }): Promise<void>
  /** What a browser that holds this account's passkey answers to WhatsApp's options (JSON); JSON, for the device to show. */
  showsPasskey(options: string): string
  /** Begins, or stops, to type in somebody's chat. */
  types(to: string, on?: boolean): void
  /** Unlinks one device (by its id), or all. */
  unlinks(device?: number): void
  companions(): LinkedDevice[]
  /** What linked devices sent to this phone, oldest first, copies of one's own included. */
  inbox(): Received[]
  /** The first message in the inbox that matches, now or as soon as it comes. */
  hears(match: (received: Received) => boolean, options?: WaitOptions): Promise<Received>
  /** Tells each message as it is read; answers what ends that. */
  on(listener: (received: Received) => void): () => void
}

/** The server, and how it misbehaves. Without a device, what is said is meant for all of them. */
export type ServerDoor = {
  /** Sockets stay open and new ones are taken, but nothing is sent and nothing answered. */
  goesSilent(device?: DeviceName): void
  /** Ends that; what was not confirmed is sent again. */
  speaksAgain(device?: DeviceName): void
  /** Cuts sockets without a word. */
  drops(device?: DeviceName): void
  /** Ends streams: `515`, `503`, `440` (replaced by another connection), `401` (device removed), or any code. */
  streamError(code: string, device?: DeviceName): void
  /** Refuses every login with this reason (`401`, `403`, `405`, `503`, …), until null; `forS`: it says for how many seconds still. */
  refusesLogin(reason: string | null, forS?: number | null): void
  /** Lets in clients of this revision alone, which its page (`/sw.js`) names, and refuses others with 405; null: all. */
  letsIn(revision: number | null): void
  /** Keeps answers to messages back; the messages arrive. */
  holdsAcks(): void
  releasesAcks(): void
  /** Answers messages with this error, and lets nobody have them, until null. */
  answersAck(error: AckError | null): void
  /** The next messages to linked devices (one, or as many) arrive broken. */
  corruptsNext(count?: number): void
  /** The next look-ups of numbers (one, or as many) are answered `429 rate-overlimit`. */
  throttlesLookups(count?: number): void
  /** So much of it within that time, per device, and no more (`codes`: per number); null: as much as one likes. */
  limits(of: Limited, limit: Limit | null): void
  /** Messages to people need the token that they gave (463 without); whoever writes gives one. */
  wantsTokens(on: boolean): void
  /** What becomes of devices that are to be linked, until null: see LinkFault. */
  failsLinks(fault: LinkFault | null): void
  /** QR codes that are shown at the moment are too old from now on. */
  expiresQrs(): void
  /** How often each kind of IQ was asked: `encrypt/get/count` to 3. */
  iqs(): Record<string, number>
  /** IQs that nobody here knows how to answer. */
  unhandled(): Stanza[]
  /** Receipts that linked devices sent. */
  receipts(): ReceiptRecord[]
  /** Messages that a phone could not read. */
  unread(): Unread[]
  /** Why connections were ended for a fault: empty when all is well. */
  broken(): unknown[]
  /** Forgets what was recorded so far: inboxes, receipts, questions, what went wrong. Nothing else changes. */
  clears(): void
  connections(): number
  /** Sends any stanza to a linked device at once, if it is there. */
  sends(device: DeviceName, stanza: Stanza): void
  on<Name extends keyof Happenings>(name: Name, listener: (...what: Happenings[Name]) => void): () => void
  wait: News['wait']
}

/** A running simulator. Groups, calls, profiles, history and the rest are described at FeatureDoor. */
export type WhatsAppSimulator = FeatureDoor & {
  /** `ws://127.0.0.1:40123/ws/chat` */
  readonly url: string
  readonly port: number
  readonly trust: Trust
  /** Writes `trust` as a JSON file. */
  writeTrust(path: string): Promise<void>
  /** Somebody's phone; asking again with a profile changes the profile. */
  phone(number: string, profile?: PhoneProfile): Phone
  /** Everybody's. */
  phones(): Phone[]
  readonly server: ServerDoor
  close(): Promise<void>
}
