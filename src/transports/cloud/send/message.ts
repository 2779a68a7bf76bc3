// The bodies of `POST /<phone number id>/messages` (Meta, "Messages"), and the id in their answer.
import type { Outgoing } from '../../transport.ts'
import { kindOfChat } from '../address.ts'
import { plainTrouble } from '../graph/trouble.ts'
import { sendErrorOf } from '../patience.ts'
import { asList, asText, isObject, type Wire } from '../wire.ts'
import { contentBody } from './content.ts'

/** A message of any kind. */
export function messageBody(message: Outgoing): Wire {
  return {
    messaging_product: 'whatsapp',
    ...recipientOf(message.chat),
    ...contentBody(message.content),
    ...(message.replyTo === null ? null : { context: { message_id: message.replyTo } }),
    // Comes back with every status of the message, so that one whose answer was lost can still be settled.
    biz_opaque_callback_data: message.id,
  }
}

/** Marks a message as read, with all before it. */
export function readBody(messageId: string): Wire {
  return { messaging_product: 'whatsapp', status: 'read', message_id: messageId }
}

/** The id of the message in Graph's answer. Fails with SendError `lost` when it is not there: taken or not, who knows. */
export function sentIdOf(answer: Wire): string {
  const first = asList(answer.messages)[0]
  const id = isObject(first) ? asText(first.id) : null
  if (id === null) throw sendErrorOf(plainTrouble('lost', 'an answer 200 without a message id', 200), null)
  return id
}

/** Numbers go with the leading +: without it Meta may put the business's own country code before them. */
function recipientOf(chat: string): Wire {
  switch (kindOfChat(chat)) {
    case 'person':
      return { recipient_type: 'individual', to: `+${chat}` }
    case 'user':
      return { recipient_type: 'individual', recipient: chat }
    case 'group':
      return { recipient_type: 'group', to: chat }
  }
}
