// An account: one WhatsApp number, how it is reached, and the states that its connection can be in.
import { DEFAULT_MEDIA, type MediaWish } from './media.ts'

export type AccountKind = 'web' | 'cloud'

/** What a number registered with Meta's Cloud API needs. */
export interface CloudSettings {
  readonly phoneNumberId: string
  /** WhatsApp Business Account; filled on connect when it can be found. */
  readonly wabaId: string | null
  /** The owner's business in Meta; older set-ups wrote the WABA id here, so both meanings are tried. */
  readonly businessAccountId: string | null
  /** `v21.0` */
  readonly apiVersion: string
  /** Where Meta calls us, when not `/webhooks/whatsapp/<account id>`. */
  readonly webhookPath: string | null
  readonly accessToken: string
  readonly appSecret: string | null
  readonly verifyToken: string
}

/** What a number that is linked over WhatsApp Web may be told. */
export interface WebSettings {
  /** `http://`, `https://` or `socks5://` address that everything of this account goes through; a secret, since it may carry a password. */
  readonly proxy: string | null
  /** Status updates and channels become events, too. */
  readonly broadcasts: boolean
  /** Shows for a moment that it is typing before it answers. */
  readonly typing: boolean
  /** Chats that it may begin in 24 hours: numbers that write to many strangers are banned. */
  readonly newChatsADay: number
  /** Between two messages goes a random part of this time at least, ms: machines are known by their evenness. */
  readonly jitterMs: number
}

export const DEFAULT_WEB: WebSettings = {
  proxy: null,
  broadcasts: false,
  typing: true,
  newChatsADay: 50,
  jitterMs: 800,
}

/** How fast a linked device sends unless its owner says otherwise: as fast as a person could. */
export const DEFAULT_WEB_PACING: Pacing = { perSecond: 1, pairBurst: 5, pairEveryS: 2 }

/** How fast an account may send. What comes faster waits. */
export interface Pacing {
  /** Messages a second. Meta takes 80 from a number unless it was raised. */
  readonly perSecond: number
  /** To one recipient: this many at once, */
  readonly pairBurst: number
  /** then one each so many seconds. */
  readonly pairEveryS: number
}

/** What Meta takes of an ordinary number (Meta, "Messaging limits" and "Pair rate limits"). */
export const DEFAULT_PACING: Pacing = { perSecond: 80, pairBurst: 45, pairEveryS: 6 }

export interface Account {
  /** The owner's name for it, unique. */
  readonly id: string
  readonly kind: AccountKind
  /** `+15550000000`, filled on connect. */
  readonly phoneNumber: string | null
  readonly disabled: boolean
  readonly sessionPath: string | null
  readonly showQr: boolean
  readonly pacing: Pacing
  readonly media: MediaWish
  /** Null for `cloud`. */
  readonly web: WebSettings | null
  /** Null for `web`. */
  readonly cloud: CloudSettings | null
}

/** What an account was given before it had a word for it. */
export const ACCOUNT_DEFAULTS = { pacing: DEFAULT_PACING, media: DEFAULT_MEDIA } as const

/**
 *   off         disabled by its owner, or not started yet
 *   connecting  being validated with the other side
 *   connected   the other side answered for this number
 *   retrying    the other side could not be reached; tried again at growing waits, at most every 5 minutes
 *   broken      the other side refuses (token, permission, number): needs its owner
 *
 * Only of linked devices:
 *
 *   unlinked    no phone is linked; pairing begins when it is asked for
 *   pairing     a QR code or a pairing code waits for the phone
 *   stale       the connection is open, but nothing was heard for too long: it is being replaced
 *   replaced    the same session was opened elsewhere: not fought over
 *   logged_out  the phone removed this device: has to be linked anew
 *   restricted  WhatsApp restricts what the number may send: nothing goes out; messages still come in
 */
export const ACCOUNT_STATES = [
  'off',
  'connecting',
  'connected',
  'retrying',
  'broken',
  'unlinked',
  'pairing',
  'stale',
  'replaced',
  'logged_out',
  'restricted',
] as const

export interface AccountState {
  readonly is: (typeof ACCOUNT_STATES)[number]
  /** Since when, ms since epoch. */
  readonly since: number
  /** Why, for `retrying` and `broken`: the other side's words and what to do. */
  readonly reason: string | null
  /** Things that work but should not stay so (no app secret, an API version near its end). */
  readonly warnings: readonly string[]
}
