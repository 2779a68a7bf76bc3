// What all operations that send have in common: whom to, what is answered, how it fails.
import Type from 'typebox'
import { closed, Id, MadeId, META_FAILS, Ok } from './schemas.ts'

/** Whom a message goes to. */
export const Addressed = {
  account_id: Id,
  to: Type.String({ minLength: 1, maxLength: 128, description: 'Phone number or WhatsApp JID' }),
}

/** The message that this one answers. */
export const ReplyTo = Type.Optional(MadeId)

export const BUSINESS_ONLY = 'Business API only'

/** The answer of every send: the id that events about the message will carry. */
export const MessageSent = Type.Object(
  {
    status: Ok,
    message_id: Type.String(),
    message_status: Type.Enum(['sent', 'queued'], {
      description:
        'sent: the other side took it; queued: it waits for its turn or its connection, and goes out by itself',
    }),
  },
  { ...closed, $id: 'MessageSent' },
)

export const SEND_FAILS = [...META_FAILS, 'conflict', 'mismatch'] as const

/** Texts beside Meta's buttons: the lengths that Meta takes. */
export const BodyText = Type.String({ minLength: 1, maxLength: 1024 })
export const ShortText = Type.String({ maxLength: 60 })
export const HeaderText = Type.String({ minLength: 1, maxLength: 60 })
