// Everything that comes in over a linked device: the way from the connection to the events.
import { createKeyedQueue } from '../../../kit/keyed-queue.ts'
import type { LineSide, Receiver } from '../parts.ts'
import type { Arrived, Receipt } from '../port.ts'
import { receiveMessage } from './message.ts'
import { receiveNotice } from './notice.ts'
import { createRoom, jidsOf } from './room.ts'
import { receiveReceipt } from './status.ts'
import { asBytes, asObject, asText } from './values.ts'

/** Made once per line. What comes of one chat is recorded in the order in which it came. */
export function createReceiver(side: LineSide): Receiver {
  const room = createRoom(side)
  const inOrder = createKeyedQueue()
  return {
    arrived: (message: Arrived) => inOrder(asText(message.envelope.chat) ?? '', () => receiveMessage(room, message)),
    receipt: (receipt: Receipt) => inOrder(asText(receipt.chat) ?? '', () => receiveReceipt(room, receipt)),
    notice: (what, value) => inOrder(asText(value.id) ?? '', () => receiveNotice(room, what, value)),
    unencrypted: (id) => room.dropped.add('plaintext', { id, said: 'a message that was not encrypted' }),
    wrote(id, content) {
      const secret = asBytes(asObject(content.messageContextInfo).messageSecret)
      if (secret !== null) room.secrets.keepOurs({ id, authors: jidsOf(room.people.self()), secret })
    },
  }
}
