// How the simulated WhatsApp misbehaves: what the doors switch and the handlers ask.
import type { Companion } from './state.ts'

/** Errors that WhatsApp puts into the answer to a message. */
export type AckError = '400' | '421' | '429' | '463' | '479' | (string & {})

/** What is wrong at the moment. */
export type Faults = {
  /** Reason with which every login is refused, such as `503`; null lets them in. */
  loginRefused: string | null
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
  /** What becomes of a link after the code was scanned or typed; null: it succeeds. */
  linking: LinkFault | null
}

/**
 * `refuse`: WhatsApp ends the stream with that code. `passkey`: it wants a passkey of the companion's first (notification
 * `passkey_prologue_request`, with WebAuthn's options), and goes no further. `stranger`: somebody else's identity
 * signs for the device, which the device must notice.
 */
export type LinkFault = { kind: 'refuse'; code: string } | { kind: 'passkey' } | { kind: 'stranger' }

/** Nothing wrong. */
export function createFaults(): Faults {
  return {
    loginRefused: null,
    silent: false,
    silentDevices: new Set(),
    acksHeld: false,
    ackError: null,
    corrupting: 0,
    throttled: 0,
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
