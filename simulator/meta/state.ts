// Everything the simulated Meta remembers, and nothing of how it is reached.
import { createManaged, type Ladder, type Managed, type Profile } from './managed.ts'

export type Business = { id: string; name: string }

export type App = {
  id: string
  name: string
  secret: string
  callbackUrl?: string
  verifyToken: string
  testMode: boolean
  testRecipients: Set<string>
  requireProof: boolean
}

/** An app that is told about an account, perhaps at another address than its own. */
export type Subscription = { appId: string; callbackUrl?: string; verifyToken?: string }

/** A WhatsApp Business Account (WABA). */
export type Account = {
  id: string
  name: string
  ownerId: string
  clientIds: Set<string>
  namespace: string
  subscriptions: Map<string, Subscription>
  /** Calls so far, for the usage header. */
  calls: number
}

export type PhoneNumber = {
  id: string
  accountId: string
  displayPhoneNumber: string
  /** The number as digits, as callbacks write it. */
  digits: string
  verifiedName: string
  registered: boolean
  /** What reads answer instead of the usual, by field. */
  fields: Record<string, unknown>
  ladder: Ladder
  profile: Profile
  override?: { appId: string; callbackUrl: string; verifyToken: string }
}

export type Token = {
  token: string
  appId: string
  scopes: Set<string>
  issuedAt: number
  /** Milliseconds since the epoch; absent = never. */
  expiresAt?: number
  accountIds: Set<string>
  businessIds: Set<string>
}

/** Who a customer is: how the name shows, whether there is a username, how the phone behaves. */
export type CustomerProfile = {
  name?: string
  /** Business-scoped user id, such as `US.13491208655302741918`. */
  userId?: string
  username?: string
  /** True: payloads carry no phone number of this customer, only the user id. */
  hidesNumber?: boolean
  /** True: each message that arrives is read at once. */
  autoRead?: boolean
  /** False: the phone is switched off; messages stay at `sent` until it is on again. */
  online?: boolean
  /** False: the number is not on WhatsApp; messages to it fail with 131026. */
  reachable?: boolean
  /** Messages fail with this code, such as 131049 or 130472, after they were accepted; null ends that. */
  failsWith?: number | null
}

export type CustomerRecord = {
  /** Digits of the number, or the user id of one whose number nobody knows. */
  id: string
  waId?: string
  userId?: string
  name: string
  username?: string
  hidesNumber: boolean
  autoRead: boolean
  online: boolean
  reachable: boolean
  /** The code with which messages to this customer fail; null or absent: they do not. */
  failsWith?: number | null
  /** A group of people, as far as it is modelled: it only takes messages. */
  isGroup?: boolean
  /** When the customer last wrote, by phone number id; opens the 24 h window. */
  wroteAt: Map<string, number>
}

export type MessageStatus = 'received' | 'accepted' | 'sent' | 'delivered' | 'read' | 'played' | 'failed'

/** A message in or out, with its way so far. */
export type MessageRecord = {
  id: string
  direction: 'in' | 'out'
  phoneNumberId: string
  customerId: string
  type: string
  /** In: the message object of the callback. Out: the body of the request. */
  message: Record<string, unknown>
  /** Milliseconds since the epoch. */
  at: number
  status: MessageStatus
  history: { status: MessageStatus; at: number; code?: number }[]
  opaque?: string
  /** In: when the business showed that it is typing an answer. */
  typingAt?: number
}

/** A file that Meta keeps: uploaded by the business, or sent by a customer. */
export type MediaRecord = {
  id: string
  phoneNumberId: string
  accountId: string
  mimeType: string
  /** Hex. */
  sha256: string
  /** Bytes. */
  size: number
  /** Where the bytes lie. */
  path: string
  filename?: string
  by: 'business' | 'customer'
  /** Milliseconds since the epoch. */
  at: number
  /** From then on there is no such file. */
  expiresAt: number
  /** Signs the URLs that are given out; another one ends them. */
  urlKey: string
}

/** Milliseconds between acceptance, `sent`, `delivered` and `read`. */
export type StatusDelays = { sent: number; delivered: number; read: number }

/** Which of Meta's limits hold. */
export type Limits = {
  /** A customer who has not written within 24 hours cannot be sent free-form messages: they fail with 131047. */
  window: boolean
  /** Messages to one recipient: `burst` at once, then one each `everyMs`; beyond that 131056. */
  pair: { burst: number; everyMs: number } | null
  /** Messages a second and number; beyond that 130429. */
  throughput: number | null
  /** Calls about one account (its templates, flows, numbers) within an hour; beyond that 80008. Absent = no bound. */
  management?: number | null
  /** Most entries of a page of a list, however many are asked for, so that few make several pages. Absent = 100. */
  page?: number | null
}

export type State = {
  businesses: Map<string, Business>
  apps: Map<string, App>
  accounts: Map<string, Account>
  numbers: Map<string, PhoneNumber>
  tokens: Map<string, Token>
  customers: Map<string, CustomerRecord>
  messages: Map<string, MessageRecord>
  media: Map<string, MediaRecord>
  managed: Managed
  limits: Limits
  delays: StatusDelays
  /** Milliseconds by which the clock was moved forward. */
  clockOffset: number
}

/** A world without anybody in it. */
export function createState(delays: Partial<StatusDelays> = {}, reviewMs: number | null = null): State {
  return {
    businesses: new Map(),
    apps: new Map(),
    accounts: new Map(),
    numbers: new Map(),
    tokens: new Map(),
    customers: new Map(),
    messages: new Map(),
    media: new Map(),
    managed: createManaged(reviewMs),
    limits: { window: true, pair: null, throughput: null },
    delays: { sent: 2, delivered: 2, read: 2, ...delays },
    clockOffset: 0,
  }
}
