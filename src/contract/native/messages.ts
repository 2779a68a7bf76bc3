// Operations on messages that are there already: reading, and what became of one.
import Type from 'typebox'
import { MESSAGE_STATUSES } from '../../model/message.ts'
import { json, operation } from '../operation.ts'
import { closed, Id, MadeId, META_FAILS, StatusOk, TextOrNull, TimeOut } from './schemas.ts'
import { BUSINESS_ONLY } from './send-schemas.ts'

/** What the other side said, or `{ code, message }` of ours. */
const MessageError = Type.Union([Type.Unknown(), Type.Null()])

const Message = Type.Object(
  {
    id: Type.String({ description: 'Our id, valid for ever' }),
    message_id: Type.Union([Type.String(), Type.Null()], { description: 'The id that the send answered' }),
    transport_id: TextOrNull,
    account_id: Type.String(),
    to: Type.String(),
    type: Type.String(),
    status: Type.Enum([...MESSAGE_STATUSES]),
    created_at: TimeOut,
    error: MessageError,
    history: Type.Array(
      Type.Object(
        {
          status: Type.Enum([...MESSAGE_STATUSES]),
          at: TimeOut,
          recipient: Type.Union([Type.String(), Type.Null()], { description: 'In a group, whom it is about' }),
          error: MessageError,
        },
        closed,
      ),
    ),
  },
  closed,
)

export const messages = {
  markAsRead: operation({
    route: 'POST /api/messages/read',
    tag: 'Messages',
    summary: 'Mark a received message as read',
    needs: BUSINESS_ONLY,
    description: 'With all before it.',
    effect: 'write',
    scope: 'send',
    input: { body: json(Type.Object({ account_id: Id, message_id: MadeId }, closed)) },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
  getMessage: operation({
    route: 'GET /api/messages/{id}',
    tag: 'Messages',
    summary: 'What became of a message that was sent',
    description: "By our id or by the other side's. A status never goes back.",
    effect: 'readonly',
    scope: 'read',
    input: { path: Type.Object({ id: MadeId }, closed) },
    output: json(Message),
    fails: ['not-found'],
  }),
}
