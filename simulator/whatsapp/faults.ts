// How the simulated WhatsApp misbehaves: what the doors switch and the handlers ask.
import type { Companion } from './state.ts'

/** Errors that WhatsApp puts into the answer to a message. */
export type AckError = '400' | '421' | '429' | '463' | '479' | (string & {})

/** `messages` are refused in the acknowledgement (429), `lookups` and `codes` as a question (429 `rate-overlimit`). */
export const limited = ['messages', 'lookups', 'codes'] as const
export type Limited = (typeof limited)[number]

export type Limit = { count: number; withinMs: number }

export type Limits = Map<Limited, Limit & { readonly done: WeakMap<object, number[]> }>

/** What is wrong at the moment. */
export type Faults = {
  /** Reason with which every login is refused, such as `503`; null lets them in. */
  loginRefused: string | null
  /** For how many seconds a refusal holds, where that is told (402: a ban for a while). */
  refusedForS: number | null
  /** The only revision of the client that is let in (others: 405); null: any. */
  revision: number | null
  /** Every connection is deaf and mute, new ones too. */
  silent: boolean
  /** Devices that are deaf and mute, over reconnects. */
  readonly silentDevices: Set<Companion>
  acksHeld: boolean
  ackError: AckError | null
  /** How many of the next messages to linked devices arrive broken. */
  corrupting: number
  /** How many of the next look-ups of numbers are answered `429 rate-overlimit`. */
  throttled: number
  /** What happens too often is refused. */
  readonly limits: Limits
  /** Messages to people need the token that they gave. */
  wantsTokens: boolean
  /** What becomes of a link after the code was scanned or typed; null: it succeeds. */
  linking: LinkFault | null
}

/**
 * `refuse`: WhatsApp ends the stream with that code. `passkey`: it wants a passkey of the companion's first (notification
 * `passkey_prologue_request`, with WebAuthn's options); a device that shows none waits until its codes end (408).
 * `refresh`: it calls the secret of the QR code back that was scanned (`companion_reg_refresh`); a device that shows a new
 * one is linked. `silent`: the code was taken, and nothing comes of it. `stranger`: somebody else's identity signs for
 * the device; `secret`: the voucher is sealed with another secret than the device's; both the device must notice.
 */
export type LinkFault = { kind: 'refuse'; code: string } | { kind: Exclude<(typeof linkFaults)[number], 'refuse'> }

export const linkFaults = ['refuse', 'passkey', 'refresh', 'silent', 'stranger', 'secret'] as const

/** Nothing wrong. */
export function createFaults(): Faults {
  return {
    loginRefused: null,
    refusedForS: null,
    revision: null,
    silent: false,
    silentDevices: new Set(),
    acksHeld: false,
    ackError: null,
    corrupting: 0,
    throttled: 0,
    limits: new Map(),
    wantsTokens: false,
    linking: null,
  }
}

/** The bytes as they are, or broken when the next ones are to arrive broken. */
export function perhapsCorrupt(faults: Faults, bytes: Uint8Array): Uint8Array {
  if (faults.corrupting === 0) return bytes
  faults.corrupting -= 1
  const broken = Buffer.from(bytes)
  // Within the ciphertext's authentication code: the message still looks whole.
  const at = Math.max(0, broken.length - 4)
  broken[at] = (broken[at] ?? 0) ^ 0xff
  return broken
}
