// What a customer does to a number: says a text, sends a file or any message.

import type { MediaKind } from '../graph/media/media-types.ts'
import { mediaUrl, storeBytes } from '../graph/media/stored.ts'
import { newWamid } from '../ids.ts'
import type { CustomerRecord, PhoneNumber } from '../state.ts'
import { needNumber, type World } from '../world.ts'
import { messagesValue, tell } from './callbacks.ts'
import { contactOf, shownNumber } from './customers.ts'

/** What `says` and `sends` answer: the message as it goes out in the callback. */
export type Said = { id: string; phoneNumberId: string; message: Record<string, unknown> }

/**
 * Sends a message object of Meta's from a customer to a number (the first one when `to` is left out). `from`,
 * `from_user_id`, `id` and `timestamp` are filled in unless given. A system message comes without contacts and does
 * not open the 24 h window.
 */
export function receive(world: World, customer: CustomerRecord, message: Record<string, unknown>, to?: string): Said {
  const { type } = message
  if (typeof type !== 'string' || type === '') throw new Error('a message has a type')
  const number = to === undefined ? firstNumber(world) : needNumber(world.state, to)
  const at = world.now()
  const filled: Record<string, unknown> = {
    ...(shownNumber(customer) === undefined ? {} : { from: shownNumber(customer) }),
    ...(customer.userId === undefined ? {} : { from_user_id: customer.userId }),
    id: newWamid(customer.id, 'in'),
    timestamp: String(Math.floor(at / 1000)),
    ...message,
  }
  const id = String(filled.id)
  const isSystem = type === 'system'
  if (!isSystem) customer.wroteAt.set(number.id, at)
  world.state.messages.set(id, {
    ...{ id, direction: 'in', phoneNumberId: number.id, customerId: customer.id, type, message: filled, at },
    ...{ status: 'received', history: [{ status: 'received', at }] },
  })
  const rest = { ...(isSystem ? {} : { contacts: [contactOf(customer)] }), messages: [filled] }
  tell(world, number, { field: 'messages', value: messagesValue(number, rest) })
  return { id, phoneNumberId: number.id, message: filled }
}

/** A file that a customer sends; `voice` for audio, `animated` for stickers. */
export type MediaFile = {
  bytes: Uint8Array
  mimeType: string
  caption?: string
  filename?: string
  voice?: boolean
  animated?: boolean
}

/** Keeps a file and sends it from a customer to a number, as `receive` does. */
export function receiveMedia(
  world: World,
  customer: CustomerRecord,
  { kind, file, to }: { kind: MediaKind; file: MediaFile; to?: string | undefined },
): Said {
  const number = to === undefined ? firstNumber(world) : needNumber(world.state, to)
  const { bytes, mimeType, filename, caption } = file
  const media = storeBytes(world, number, { bytes, mimeType, filename })
  const content = {
    ...(caption === undefined ? {} : { caption }),
    ...(filename === undefined ? {} : { filename }),
    mime_type: mimeType,
    sha256: Buffer.from(media.sha256, 'hex').toString('base64'),
    id: media.id,
    url: mediaUrl(world, media, world.address.url),
    ...(kind === 'audio' ? { voice: file.voice ?? false } : {}),
    ...(kind === 'sticker' ? { animated: file.animated ?? false } : {}),
  }
  return receive(world, customer, { type: kind, [kind]: content }, number.id)
}

function firstNumber(world: World): PhoneNumber {
  const [number] = world.state.numbers.values()
  if (!number) throw new Error('there is no number to write to')
  return number
}
