// People who write to a linked number as fast as it takes in what they wrote: alone, in bursts, and in a group.
import type { Phone, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'

/** So many messages may wait at WhatsApp for the linked device. */
const MOST_WAITING = 40
/** Bursts are of one to so many messages. */
const LONGEST_BURST = 7

export interface Voice {
  readonly phone: Phone
  /** A number, or a group's id. */
  readonly to: string
}

/** A message that was written. */
export interface Word {
  readonly id: string
  readonly body: string
  /** The number of who wrote. */
  readonly by: string
  /** `+15551234567`, or the group's id. */
  readonly chat: string
}

/** What WhatsApp has for all devices of a number, and they have not confirmed. */
export function waitingAt({ phone }: WhatsAppSimulator, number: string): number {
  const waiting = phone(number)
    .companions()
    .flatMap((device) => device.waiting)
  return waiting.filter(({ tag }) => tag === 'message').length
}

/**
 * Each writes a burst in turn, `count` messages in all; whenever too many wait for the linked device, writing does.
 * `said` grows meanwhile, in the order in which WhatsApp got them.
 */
export async function write(
  whatsapp: WhatsAppSimulator,
  { voices, count, number, said }: { voices: readonly Voice[]; count: number; number: string; said: Word[] },
): Promise<void> {
  for (let burst = 0; said.length < count; burst += 1) {
    const voice = voices[burst % voices.length]
    if (!voice) throw new Error('nobody writes')
    const room = () => waitingAt(whatsapp, number) < MOST_WAITING
    await whatsapp.server.wait(room, { what: 'room for another burst', withinMs: 60_000 })
    const length = Math.min(1 + ((burst * 5) % LONGEST_BURST), count - said.length)
    for (let at = 0; at < length; at += 1) said.push(await sayOne(voice, said.length))
  }
}

async function sayOne({ phone, to }: Voice, at: number): Promise<Word> {
  const body = `word ${at} of ${phone.number}`
  const id = await phone.says(to, body)
  return { id, body, by: phone.number, chat: to.includes('@') ? to : `+${phone.number}` }
}
