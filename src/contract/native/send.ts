// Operations that send a message.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { closed, Id, MadeId, Ok } from './schemas.ts'

/** The answer of every send: the id that events about the message will carry. */
const MessageSent = Type.Object({ status: Ok, message_id: Type.String() }, closed)

export const send = {
  sendMessage: operation({
    route: 'POST /api/send',
    tag: 'Send',
    summary: 'Send a text message',
    description: 'Answers when the other side has taken the message.',
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            account_id: Id,
            to: Type.String({ minLength: 1, maxLength: 128, description: 'Phone number or WhatsApp JID' }),
            text: Type.String({ minLength: 1, maxLength: 4096 }),
            preview_url: Type.Optional(Type.Boolean({ description: 'Show a preview of the first link' })),
            reply_to: Type.Optional(MadeId),
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: [
      'upstream',
      'lost-answer',
      'not-connected',
      'disabled',
      'unsupported',
      'conflict',
      'mismatch',
      'unavailable',
    ],
  }),
}
