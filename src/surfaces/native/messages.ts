// Answers the operations on messages that are there already.
import type { messages as said } from '../../contract/native/messages.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Handlers } from '../surface.ts'
import { timeOut } from './time.ts'

/** Errors are kept as JSON text and shown as JSON. */
function errorFrom(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

export const messages: Handlers<Gateway, typeof said> = {
  async markAsRead({ app }, { account_id, message_id }) {
    await app.messages.markRead(account_id, message_id)
    return { status: 'ok' }
  },
  async getMessage({ app }, { id }) {
    const { message, ticks } = await app.messages.get(id)
    return {
      id: message.id,
      message_id: message.publicId,
      transport_id: message.transportId,
      account_id: message.account,
      to: message.chat,
      type: message.kind,
      status: message.status,
      created_at: timeOut(message.createdAt),
      error: errorFrom(message.error),
      history: ticks.map((tick) => ({
        status: tick.status,
        at: timeOut(tick.at),
        recipient: tick.recipient || null,
        error: errorFrom(tick.error),
      })),
    }
  },
}
