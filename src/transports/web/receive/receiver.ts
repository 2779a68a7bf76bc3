// Everything that comes in over a linked device: the way from the connection to the events.
import { createKeyedQueue } from '../../../kit/keyed-queue.ts'
import type { LineSide, Receiver } from '../parts.ts'
import type { Arrived, Receipt } from '../port.ts'
import type { DropReason } from './dropped.ts'
import { receiveMessage } from './message.ts'
import { receiveNotice } from './notice.ts'
import { createRoom } from './room.ts'
import { receiveReceipt } from './status.ts'
import { asText } from './values.ts'

export interface WebReceiver extends Receiver {
  /** How much was dropped since the line was made, by why. */
  dropped(): Readonly<Record<DropReason, number>>
}

/** Made once per line. What comes of one chat is recorded in the order in which it came. */
export function createReceiver(side: LineSide): WebReceiver {
  const room = createRoom(side)
  const inOrder = createKeyedQueue()
  return {
    arrived: (message: Arrived) => inOrder(asText(message.envelope.chat) ?? '', () => receiveMessage(room, message)),
    receipt: (receipt: Receipt) => inOrder(asText(receipt.chat) ?? '', () => receiveReceipt(room, receipt)),
    notice: (what, value) => inOrder(asText(value.id) ?? '', () => receiveNotice(room, what, value)),
    dropped: () => room.dropped.counts(),
  }
}
