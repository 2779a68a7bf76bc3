// Links to files that came in: signed, and good for as long as the file is kept.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../kit/clock.ts'
import type { MediaFile } from '../../model/media.ts'

export interface LinksDeps {
  /** Only this server can sign with it. */
  readonly key: Uint8Array
  /** Where links begin, `https://whatshooked.example.org`; without a slash at its end. */
  readonly base: () => string
  /** How long files are kept, ms. */
  readonly keptMs: number
  readonly clock: Clock
}

export interface Links {
  /** The same for the same file at all times, so that an event's body is the same bytes at every attempt. */
  of(file: Pick<MediaFile, 'id' | 'createdAt'>): string
  /** Of a link's `id` and query: whether it is ours and its time is not over. */
  check(id: string, query: string): 'good' | 'expired' | 'wrong'
}

export function createLinks({ key, base, keptMs, clock }: LinksDeps): Links {
  const sign = (id: string, expires: string): Buffer => createHmac('sha256', key).update(`${id}\n${expires}`).digest()
  return {
    of({ id, createdAt }) {
      const expires = String(Math.ceil((createdAt + keptMs) / 1000))
      return `${base()}/media/${id}?expires=${expires}&signature=${sign(id, expires).toString('base64url')}`
    },
    check(id, query) {
      const values = new URLSearchParams(query)
      const expires = values.get('expires') ?? ''
      const shown = Buffer.from(values.get('signature') ?? '', 'base64url')
      const right = sign(id, expires)
      if (shown.length !== right.length || !timingSafeEqual(shown, right)) return 'wrong'
      return Number(expires) * 1000 > clock.now() ? 'good' : 'expired'
    },
  }
}
