// What is offered to a phone while it is being linked: QR codes that follow each other, or one code to type.
import type { Clock } from '../../kit/clock.ts'
import { Failure } from '../../model/failure.ts'
import type { PairingLine, PairingOffer } from '../transport.ts'

/** How long one pairing lasts: WhatsApp gives six QR codes, the first for 60 s and the others for 20 s each. */
const PAIRING_MS = 160_000

export interface PairingParts {
  readonly clock: Clock
  /** Opens a connection for pairing in place of what is open. Fails with `exists` when a phone is linked. */
  readonly open: () => Promise<void>
  /** Asks over that connection for a code that the phone with this number takes. */
  readonly ask: (phone: string) => Promise<string>
  readonly offered: (offer: PairingOffer) => void
  /** For how long the first QR code may be waited for, ms. */
  readonly firstQrMs: number
}

/** Begun by its owner, fed by the line. */
export class Pairing implements PairingLine {
  readonly #parts: PairingParts
  #offer: PairingOffer | null = null
  #first: PromiseWithResolvers<PairingOffer> | null = null
  #endsAt = 0

  constructor(parts: PairingParts) {
    this.#parts = parts
  }

  offer(): PairingOffer | null {
    return this.#offer
  }

  async begin(): Promise<PairingOffer> {
    const { clock, open, firstQrMs } = this.#parts
    this.ended('It was begun anew')
    const first = Promise.withResolvers<PairingOffer>()
    first.promise.catch(() => {})
    this.#first = first
    this.#endsAt = clock.now() + PAIRING_MS
    try {
      await open()
    } catch (thrown) {
      if (this.#first === first) this.#first = null
      throw thrown
    }
    const late = clock.after(firstQrMs, () => first.reject(upstream('WhatsApp sends no QR code')))
    return first.promise.finally(() => late.cancel())
  }

  async code(phone: string): Promise<PairingOffer> {
    const digits = digitsOf(phone)
    // One code at a time: a second one would make the first worthless, and the connection takes no other.
    if (this.#offer?.by !== 'qr') await this.begin()
    const endsAt = this.#endsAt
    let text: string
    try {
      text = await this.#parts.ask(digits)
    } catch (thrown) {
      throw upstream(thrown instanceof Error ? thrown.message : 'WhatsApp gives no pairing code', thrown)
    }
    if (endsAt !== this.#endsAt || this.#offer === null) throw upstream('Linking ended meanwhile')
    return this.#tell({ by: 'code', text, expiresAt: endsAt })
  }

  /** WhatsApp gave a QR code. */
  shown(text: string, livesMs: number): void {
    // The codes go on coming beside a pairing code; they are of no use to whoever types that one.
    if (this.#offer?.by === 'code') return
    const offer = this.#tell({ by: 'qr', text, expiresAt: this.#parts.clock.now() + livesMs })
    this.#first?.resolve(offer)
  }

  /** Linked, or given up on. */
  ended(reason: string): void {
    this.#offer = null
    this.#first?.reject(upstream(reason))
    this.#first = null
  }

  #tell(offer: PairingOffer): PairingOffer {
    this.#offer = offer
    this.#parts.offered(offer)
    return offer
  }
}

function digitsOf(phone: string): string {
  const digits = phone.replace(/^\s*(\+|00)/, '').replace(/[\s().-]/g, '')
  if (/^[1-9]\d{6,14}$/.test(digits)) return digits
  throw new Failure('invalid', 'phone: must be the number of the phone with its country code, such as +15551234567')
}

function upstream(sentence: string, cause?: unknown): Failure {
  return new Failure('upstream', sentence, { cause })
}
