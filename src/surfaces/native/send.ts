// Answers the operations that send a message.
import type { send as said } from '../../contract/native/send.ts'
import type { Input, Output } from '../../contract/operation.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Call, Handlers } from '../surface.ts'
import { type Addressed, type SendOperation, type Sends, sendWish } from './send-wish.ts'

type Sent = Output<Sends['sendMessage']>

/** The handler of one operation that sends: they differ only in what their bodies ask for. */
function sender<K extends SendOperation>(operation: K) {
  return async (call: Call<Gateway>, body: Input<Sends[K]> & Addressed): Promise<Sent> => {
    // No body that sends has more than one field that holds a file.
    const [incoming] = call.files.values()
    const about = incoming && { ...incoming.file, mimeType: incoming.mimeType }
    const { messageId, state } = await call.app.messages.send({
      ...sendWish(operation, body, about),
      file: incoming?.file,
      idempotencyKey: call.idempotencyKey,
    })
    return { status: 'ok', message_id: messageId, message_status: state }
  }
}

export const send: Handlers<Gateway, typeof said> = {
  sendMessage: sender('sendMessage'),
  sendImage: sender('sendImage'),
  sendVideo: sender('sendVideo'),
  sendDocument: sender('sendDocument'),
  sendAudio: sender('sendAudio'),
  sendSticker: sender('sendSticker'),
  sendLocation: sender('sendLocation'),
  sendContacts: sender('sendContacts'),
  sendInteractive: sender('sendInteractive'),
  sendTemplate: sender('sendTemplate'),
  sendFlow: sender('sendFlow'),
  sendReaction: sender('sendReaction'),
  sendCatalog: sender('sendCatalog'),
  sendSingleProduct: sender('sendSingleProduct'),
  sendProductList: sender('sendProductList'),
}
