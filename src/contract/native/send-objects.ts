// Operations that send what Meta has objects for: interactive messages, templates, flows.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { closed, MetaId, MetaObject } from './schemas.ts'
import { Addressed, BodyText, BUSINESS_ONLY, MessageSent, ReplyTo, SEND_FAILS, ShortText } from './send-schemas.ts'

// Meta's objects go out as they came: only what makes no sense at all is refused here, the rest in Meta's own words.
const open = { additionalProperties: true } as const

const WithText = Type.Object({ text: Type.Optional(Type.String()) }, open)

const Interactive = Type.Object(
  {
    type: Type.Enum(['button', 'list', 'flow', 'cta_url', 'location_request_message']),
    header: Type.Optional(MetaObject),
    body: WithText,
    footer: Type.Optional(WithText),
    action: MetaObject,
  },
  { ...open, $id: 'InteractiveObject', description: "Meta's interactive object: buttons, a list, or a flow" },
)

/** A part of a template: of its definition, and of a message made of it. */
export const TemplateComponent = Type.Object(
  {
    type: Type.Optional(Type.String()),
    format: Type.Optional(Type.String()),
    text: Type.Optional(Type.String()),
    buttons: Type.Optional(Type.Array(MetaObject)),
    parameters: Type.Optional(Type.Array(MetaObject)),
  },
  { ...open, $id: 'TemplateComponent', description: 'HEADER, BODY, FOOTER or BUTTONS, as Meta has them' },
)

const TemplateMessage = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 512 }),
    language: Type.Object({ code: Type.Optional(Type.String()) }, open),
    components: Type.Optional(Type.Array(TemplateComponent, { maxItems: 100 })),
  },
  { ...open, $id: 'TemplateMessageObject' },
)

export const sendObjects = {
  sendInteractive: operation({
    route: 'POST /api/send/interactive',
    tag: 'Send',
    summary: 'Send an interactive message — buttons, list, or flow',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: { body: json(Type.Object({ ...Addressed, interactive: Interactive, reply_to: ReplyTo }, closed)) },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendTemplate: operation({
    route: 'POST /api/send/template',
    tag: 'Send',
    summary: 'Send a template message',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: { body: json(Type.Object({ ...Addressed, template: TemplateMessage, reply_to: ReplyTo }, closed)) },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendFlow: operation({
    route: 'POST /api/send/flow',
    tag: 'Send',
    summary: 'Send a WhatsApp Flow message',
    description: 'With a `screen` the flow opens there, with `flow_data` as its data; without, it begins by itself.',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            flow_id: MetaId,
            flow_token: Type.String({ minLength: 1, maxLength: 4096 }),
            header_text: Type.Optional(ShortText),
            body_text: BodyText,
            footer_text: Type.Optional(ShortText),
            button_text: Type.String({ minLength: 1, maxLength: 30 }),
            screen: Type.Optional(Type.String({ maxLength: 256 })),
            flow_data: Type.Optional(MetaObject),
            reply_to: ReplyTo,
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
}
