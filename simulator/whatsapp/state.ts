// Everything the simulated WhatsApp remembers: who has a phone, which devices are linked, what waits for them.
import type { KeyPair, proto } from 'baileys'
import type { Device, SignedKey } from './phones/device.ts'
import type { CodeExchange } from './phones/primary.ts'
import type { Connection } from './wire/connection.ts'
import type { Stanza } from './wire/stanza.ts'

/** By which of a user's two names a message is addressed: the phone number, or the number-less LID. */
export type Addressing = 'pn' | 'lid'

/** Somebody on WhatsApp. */
export type Account = {
  /** The phone number, digits. */
  readonly number: string
  /** `15551234567@s.whatsapp.net` */
  readonly pn: string
  /** `900000000000001@lid` */
  readonly lid: string
  name: string
  /** The line below the name. */
  about: string
  /** How this phone addresses what it sends. */
  addressing: Addressing
  /** True: it tells senders at once that their messages arrived. */
  autoDelivers: boolean
  /** False: it does not send a message again when a device asks for it. */
  answersRetries: boolean
  /** True: it asks for a message again, by itself, when it could not read it. */
  asksByItself: boolean
  /** False: it does not answer what its devices ask of it (history, messages that they never got). */
  answersRequests: boolean
  /** The phone's end of the Signal protocol; it is device 0. Another one when WhatsApp was installed anew. */
  device: Device
  /** Linked devices by id; those unlinked stay, as `removed`. */
  readonly companions: Map<number, Companion>
  /** What the phone sent and may have to send again, by message id. */
  readonly sent: Map<string, Sent>
  /** What linked devices sent to this phone, oldest first. */
  readonly inbox: Received[]
  /** Who wrote what is in the inbox, and its id. */
  readonly seen: Map<string, true>
  /** Its chats, as far back as it remembers, oldest first. */
  readonly past: Line[]
  /** With whom it has written: WhatsApp tells them of its devices. */
  readonly contacts: Set<Account>
  /** To whom it gave a token to write to it, and when (seconds since the epoch). */
  readonly tokens: Map<Account, number>
  /** Set by a linked device (`privacy` IQs); absent entries are `all`. */
  readonly privacy: Map<string, string>
  readonly blocked: Set<string>
}

/** One message in a phone's chats. */
export type Line = {
  readonly id: string
  /** Somebody, or a group's id. */
  readonly chat: Account | string
  readonly by: Account
  readonly content: proto.IMessage
  /** Seconds since the epoch. */
  readonly at: number
}

/** A linked device. */
export type Companion = {
  readonly id: number
  readonly account: Account
  /** The Noise key by which it logs in; 32 bytes. */
  readonly noiseKey: Buffer
  identity: Buffer
  registrationId: number
  signed: SignedKey
  /** Keys that others may begin a session with, each once. */
  readonly oneTime: { id: number; key: Buffer }[]
  /** What the account's phone and the device signed when they were linked. */
  readonly deviceIdentity: Buffer
  /** `DeviceProps.os`, such as `Mac OS`: what the phone shows in its list. */
  readonly os: string
  removed: boolean
  connection: Connection | null
  /** True once it asked for messages (`passive` IQ, `active`); until then they wait. */
  active: boolean
  /** What it has not confirmed yet, oldest first. Kept over connections. */
  readonly pending: Map<string, Stanza>
}

/** A message that a phone sent to linked devices. */
export type Sent = {
  readonly id: string
  /** As given: number, address, group. */
  readonly to: string
  readonly content: proto.IMessage
  readonly at: number
  /** How it is addressed, and to whom: what the stanza says besides its id. */
  readonly attrs: Readonly<Record<string, string>>
  /** Times that it was sent again, by the device that asked. */
  readonly retries: Map<string, number>
}

/** A message that a linked device sent and that a phone has decrypted. */
export type Received = {
  readonly id: string
  /** Number of the account that wrote. */
  readonly from: string
  /** Which of its linked devices. */
  readonly device: number
  /** Number of the account whose phone this is. */
  readonly by: string
  /** The chat as the sender addressed it. */
  readonly to: string
  /** What was written; a copy for one's own phone is unwrapped. */
  readonly content: proto.IMessage
  /** The words of a text message; null for others. */
  readonly text: string | null
  /** True: it is the copy that one's own phone gets, or something between one's own devices. */
  readonly own: boolean
  /** `peer` for what only devices say to each other. */
  readonly category: string | null
  readonly cipher: 'pkmsg' | 'msg' | 'skmsg'
  /** True: the phone had this message already. */
  readonly repeated: boolean
  /** Attributes of the stanza, such as `edit` and `type`. */
  readonly attrs: Readonly<Record<string, string>>
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Something a linked device sent that a phone could not read. */
export type Unread = { readonly id: string; readonly from: string; readonly by: string; readonly why: string }

/** A receipt that a linked device sent. */
export type ReceiptRecord = {
  readonly ids: readonly string[]
  /** Absent in the stanza means delivered. */
  readonly type: string
  /** The linked device. */
  readonly from: { readonly number: string; readonly device: number }
  readonly to: string
  readonly participant: string | null
  readonly stanza: Stanza
}

/** Who sent a message and how: receipts find their way back by it. */
export type Authorship = { readonly account: Account; readonly device: number; readonly to: string }

/** A device that wants to be linked: it shows QR codes or a code of eight characters. */
export type Candidate = {
  readonly connection: Connection
  readonly data: proto.ClientPayload.IDevicePairingRegistrationData
  readonly noiseKey: Buffer
  /** Codes that the device shows one after the other, each until its time (milliseconds since the epoch). */
  readonly refs: { ref: string; until: number }[]
  ends: NodeJS.Timeout | null
  /** True from the moment that a phone goes on with it: its codes are good once. */
  taken: boolean
  /** True once WhatsApp called the secret in the QR codes back: a device has to show another one. */
  retired: Buffer | null
  /** The device is asked for a passkey. */
  passkey: Ceremony | null
  /** The device asked for a code of eight characters, for this account. */
  code: { account: Account; wrapped: Buffer; exchange: CodeExchange | null; ended: CodeOutcome | null } | null
}

/** How far linking by a passkey has come. `ref`, `device` and `nonce` are what the device has committed itself to. */
export type Ceremony = {
  readonly account: Account
  /** What was in the QR code; null when a code of eight characters was typed. */
  readonly oldSecret: Buffer | null
  readonly challenge: string
  readonly options: string
  readonly ref: string
  /** The phone's half of the key. */
  readonly own: KeyPair
  step: 'asked' | 'committed' | 'opened' | 'over'
  device: proto.CompanionEphemeralIdentity | null
  commitment: { identity: Uint8Array; hash: Buffer } | null
  /** Resolved with the secret for the voucher, once the device has handed it over. */
  readonly secret: PromiseWithResolvers<Buffer>
}

/** How a link by a code ended. */
export type CodeOutcome = { readonly companion: Companion } | { readonly failure: Error }

export type State = {
  /** By number, and by the user part of the LID. */
  readonly accounts: Map<string, Account>
  readonly candidates: Map<number, Candidate>
  /** Who wrote a message that a linked device sent, by id. */
  readonly authors: Map<string, Authorship>
  readonly receipts: ReceiptRecord[]
  readonly unread: Unread[]
  /** How often each kind of IQ was asked: `xmlns/type/first child`. */
  readonly asked: Map<string, number>
  /** IQs that nobody here knows how to answer. */
  readonly unhandled: Stanza[]
  /** Why connections were ended for a fault of the client's or of ours. */
  readonly broken: unknown[]
  readonly heldAcks: { connection: Connection; ack: Stanza }[]
}

/** A world in which nobody has a phone. */
export function createState(): State {
  return {
    accounts: new Map(),
    candidates: new Map(),
    authors: new Map(),
    receipts: [],
    unread: [],
    asked: new Map(),
    unhandled: [],
    broken: [],
    heldAcks: [],
  }
}
