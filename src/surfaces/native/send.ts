// Answers the operations that send a message.
import type { send as said } from '../../contract/native/send.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Handlers } from '../surface.ts'

export const send: Handlers<Gateway, typeof said> = {
  async sendMessage({ app, idempotencyKey }, sent) {
    const { messageId } = await app.messages.sendText({
      account: sent.account_id,
      to: sent.to,
      text: sent.text,
      previewUrl: sent.preview_url,
      replyTo: sent.reply_to,
      idempotencyKey,
    })
    return { status: 'ok', message_id: messageId }
  },
}
