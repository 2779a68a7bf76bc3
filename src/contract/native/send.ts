// Operations that send a message without a file: texts, places, contacts, reactions. The other families are beside it.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { closed, MadeId, text } from './schemas.ts'
import { sendCommerce } from './send-commerce.ts'
import { sendMedia } from './send-media.ts'
import { sendObjects } from './send-objects.ts'
import { Addressed, BUSINESS_ONLY, MessageSent, ReplyTo, SEND_FAILS } from './send-schemas.ts'

const Contact = Type.Object(
  {
    name: Type.Object(
      {
        formatted_name: Type.String({ minLength: 1, maxLength: 1024 }),
        first_name: Type.Optional(text(1024)),
        last_name: Type.Optional(text(1024)),
      },
      { additionalProperties: true },
    ),
    phones: Type.Optional(
      Type.Array(
        Type.Object(
          { phone: Type.Optional(text(64)), type: Type.Optional(text(64)) },
          {
            additionalProperties: true,
          },
        ),
        { maxItems: 100 },
      ),
    ),
  },
  { additionalProperties: true, $id: 'SendContactObject' },
)

export const send = {
  sendMessage: operation({
    route: 'POST /api/send',
    tag: 'Send',
    summary: 'Send a text message',
    description:
      'Answers when the other side has taken the message, or that it waits for its turn, or for the connection of a linked device to come back. In a group, `@15551234567` in the text of a WhatsApp Web account names that member.',
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            text: Type.String({ minLength: 1, maxLength: 4096 }),
            preview_url: Type.Optional(
              Type.Boolean({
                description: 'Show a preview of the first link; only numbers of the Cloud API do, others answer 400',
              }),
            ),
            reply_to: ReplyTo,
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  ...sendMedia,
  sendLocation: operation({
    route: 'POST /api/send/location',
    tag: 'Send',
    summary: 'Send a location',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            latitude: Type.Number({ format: 'double', minimum: -90, maximum: 90 }),
            longitude: Type.Number({ format: 'double', minimum: -180, maximum: 180 }),
            name: Type.Optional(text(1024)),
            address: Type.Optional(text(1024)),
            reply_to: ReplyTo,
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendContacts: operation({
    route: 'POST /api/send/contacts',
    tag: 'Send',
    summary: 'Send contact card(s)',
    description: 'Fields of a card that are not listed here go out as they are.',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          { ...Addressed, contacts: Type.Array(Contact, { minItems: 1, maxItems: 257 }), reply_to: ReplyTo },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  ...sendObjects,
  sendReaction: operation({
    route: 'POST /api/send/reaction',
    tag: 'Send',
    summary: 'Send a reaction emoji to a message',
    description:
      "`message_id` is the other side's id of the message, or ours. An empty `emoji` takes the reaction back.",
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            message_id: MadeId,
            emoji: text(64),
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  ...sendCommerce,
}
