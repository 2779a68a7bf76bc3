// Operations on hooks: who is told of what, and where.
import Type from 'typebox'
import { HOOK_MEDIA } from '../../model/hook.ts'
import { json, operation } from '../operation.ts'
import { closed, formed, Id, JustId, Ok, StatusOk, TextOrNull, text, webAddress } from './schemas.ts'

/** Headers that a delivery sets itself, or that would change where a request ends. */
const RESERVED_HEADER =
  /^(host|content-length|transfer-encoding|connection|keep-alive|proxy-connection|upgrade|te|trailer|expect|webhook-.*)$/i

const HeaderName = Type.Refine(
  Type.String({
    pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$",
    'x-must': 'is not a header name (letters, digits and - are)',
  }),
  (name) => !RESERVED_HEADER.test(name),
  () => 'is a header that deliveries set themselves',
)

const HeaderValue = formed(
  '^[\\t\\x20-\\x7e\\xa0-\\xff]*$',
  'must not contain line breaks or other control characters, nor characters beyond Latin-1',
  { maxLength: 4096 },
)

const Headers = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: HeaderName,
  additionalProperties: HeaderValue,
  maxProperties: 50,
  description: 'Sent with every delivery. Values of headers that look like credentials read back masked.',
})

const Secret = formed(
  '^(whsec_[A-Za-z0-9+/]{32,88}={0,2}|\\*\\*\\*.{0,4})$',
  'must be whsec_ and 24 to 64 bytes in base64',
  {
    description:
      'Signs deliveries (Standard Webhooks). Made when absent, shown in the answer of the add, masked ever after.',
  },
)

const Retry = Type.Object(
  {
    delays: Type.Array(Type.Integer({ minimum: 1, maximum: 86_400 }), {
      minItems: 1,
      maxItems: 50,
      description: 'Seconds before the second, third, ... attempt; the last one repeats',
    }),
    give_up_after: Type.Integer({
      minimum: 1,
      maximum: 2_592_000,
      description: 'Seconds after the first attempt when a delivery is dead',
    }),
  },
  closed,
)

const HookFields = {
  name: Type.String({ minLength: 1, maxLength: 256 }),
  url: webAddress(),
  method: Type.Optional(Type.Enum(['GET', 'POST', 'PUT', 'PATCH'], { default: 'POST' })),
  headers: Type.Optional(Headers),
  active: Type.Boolean(),
  events: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      maxItems: 256,
      description: 'Event types; `*` and `message.*` are patterns. Empty: all',
    }),
  ),
  description: Type.Optional(text(2048)),
  allow_insecure: Type.Optional(Type.Boolean({ description: 'Skip TLS certificate verification' })),
  secret: Type.Optional(Secret),
  accounts: Type.Optional(Type.Array(Id, { maxItems: 1000, description: 'Only events of these accounts. Empty: all' })),
  chats: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      maxItems: 1000,
      description: 'Only events of these chats. Empty: all',
    }),
  ),
  order: Type.Optional(
    Type.Enum(['chat', 'strict', 'none'], {
      default: 'chat',
      description:
        'chat: one delivery at a time for each chat, and one that keeps failing is passed by; strict: it holds up its ' +
        'chat until it is delivered or dead; none: no order',
    }),
  ),
  retry: Type.Optional(Type.Union([Retry, Type.Null()], { description: 'Null: the usual waits, for 72 hours' })),
  raw: Type.Optional(Type.Boolean({ description: "Whether `data.raw` carries the other side's own object" })),
  media: Type.Optional(
    Type.Enum([...HOOK_MEDIA], {
      default: 'link',
      description:
        'How files that came with a message are told: `link` to fetch them by, in `base64`, as `both`, or as `none`',
    }),
  ),
  format: Type.Optional(Type.Enum(['native'], { default: 'native' })),
  disabled_reason: Type.Optional(
    Type.Union([text(4096), Type.Null()], {
      readOnly: true,
      description: 'Why the server switched it off. Ignored when sent',
    }),
  ),
  breaker: Type.Optional(
    Type.Enum(['closed', 'open'], {
      readOnly: true,
      description: 'open: it failed ten times in a row and is tried only now and then. Ignored when sent',
    }),
  ),
}

export const Hook = Type.Object({ id: Id, ...HookFields }, { ...closed, $id: 'Hook' })
/** A hook as an update takes it: what is absent stays as it is. */
export const HookChange = Type.Object(
  { id: Id, ...Type.Partial(Type.Object(HookFields)).properties },
  { ...closed, $id: 'HookChange' },
)

const TestResult = Type.Object(
  {
    status: Type.Enum(['ok', 'failed']),
    hook_id: Type.String(),
    http_status: Type.Union([Type.Integer(), Type.Null()]),
    took_ms: Type.Number(),
    error: TextOrNull,
    answer: Type.String({ description: 'The first 64 KB of what the hook answered' }),
  },
  closed,
)

export const hooks = {
  listHooks: operation({
    route: 'GET /api/hooks',
    tag: 'Webhooks',
    summary: 'List all configured webhooks',
    effect: 'readonly',
    scope: 'read',
    input: {},
    output: json(Type.Array(Hook)),
    fails: [],
  }),
  getHook: operation({
    route: 'GET /api/hooks/{id}',
    tag: 'Webhooks',
    summary: 'Get one webhook',
    effect: 'readonly',
    scope: 'read',
    input: { path: JustId },
    output: json(Hook),
    fails: ['not-found'],
  }),
  addHook: operation({
    route: 'POST /api/hooks/add',
    tag: 'Webhooks',
    summary: 'Add a new webhook',
    description: 'It gets the events recorded from now on. `secret` is shown in this one answer.',
    effect: 'write',
    scope: 'hooks',
    status: 201,
    input: { body: json(Hook) },
    output: json(Type.Object({ status: Ok, hook_id: Type.String(), secret: Type.String() }, closed)),
    fails: ['exists'],
  }),
  updateHook: operation({
    route: 'POST /api/hooks/update',
    alias: { route: 'PUT /api/hooks/update', operationId: 'replaceHook' },
    tag: 'Webhooks',
    summary: 'Change a webhook',
    description: 'Fields that are absent stay as they are, and so do secrets that are sent back masked.',
    effect: 'write',
    scope: 'hooks',
    input: { body: json(HookChange) },
    output: json(Type.Object({ status: Ok, hook_id: Type.String() }, closed)),
    fails: ['not-found'],
  }),
  removeHook: operation({
    route: 'POST /api/hooks/remove',
    tag: 'Webhooks',
    summary: 'Remove a webhook by ID',
    description: 'With everything that waits for it.',
    effect: 'destructive',
    scope: 'hooks',
    input: { body: json(JustId) },
    output: json(StatusOk),
    fails: ['not-found'],
  }),
  testHook: operation({
    route: 'POST /api/hooks/{id}/test',
    tag: 'Webhooks',
    summary: 'Send a test event to a webhook now',
    description: 'Past its queue, and recorded nowhere. `status` says whether the webhook took it.',
    effect: 'write',
    scope: 'hooks',
    input: { path: JustId },
    output: json(TestResult),
    fails: ['not-found'],
  }),
}
