// Operations on accounts: the WhatsApp numbers that this server holds.
import Type from 'typebox'
import { ACCOUNT_STATES } from '../../model/account.ts'
import { json, operation } from '../operation.ts'
import { closed, formed, Id, JustId, MetaId, Ok, StatusOkWithID, TextOrNull, TimeOrNull, TimeOut } from './schemas.ts'

const Token = formed('^[\\x21-\\x7e]{1,2048}$', 'must be 1 to 2048 visible ASCII characters')

export const BusinessAPIConfig = Type.Object(
  {
    phone_number_id: MetaId,
    access_token: Token,
    waba_id: Type.Optional(
      formed('^([A-Za-z0-9_-]{1,64})?$', 'must be at most 64 letters, digits, _ and -', {
        description: 'WhatsApp Business Account ID; found at connect time from business_account_id when it is not set',
      }),
    ),
    business_account_id: Type.Optional(
      formed('^([A-Za-z0-9_-]{1,64})?$', 'must be at most 64 letters, digits, _ and -', {
        description: 'Facebook Business Manager ID; used to find waba_id on first connect',
      }),
    ),
    api_version: Type.Optional(
      Type.String({ pattern: '^v[1-9][0-9]?\\.[0-9]$', 'x-must': 'must be like v21.0', default: 'v21.0' }),
    ),
    webhook_path: Type.Optional(
      formed(
        '^(/(?!(api|v1|onprem|docs|health|ready|metrics|openapi\\.json)(/|$))[A-Za-z0-9._~/-]{1,255})?$',
        'must be a path of this server such as /webhooks/meta, and none that the server uses itself',
        { description: 'Where Meta calls; `/webhooks/whatsapp/<account id>` when absent' },
      ),
    ),
    verify_token: Type.Optional(
      formed('^[\\x20-\\x7e]{0,512}$', 'must be at most 512 printable ASCII characters', {
        description: 'What Meta sends when the callback address is registered; made when absent',
      }),
    ),
    app_secret: Type.Optional(
      formed('^[\\x21-\\x7e]{0,512}$', 'must be at most 512 visible ASCII characters', {
        description: "The app's secret: callbacks that are not signed with it are refused",
      }),
    ),
  },
  { ...closed, $id: 'BusinessAPIConfig' },
)

const Pacing = {
  per_second: Type.Number({ minimum: 0.01, maximum: 1000, default: 80, description: 'Messages a second' }),
  pair_burst: Type.Integer({ minimum: 1, maximum: 10_000, default: 45, description: 'To one recipient at once' }),
  pair_every: Type.Number({ minimum: 0.01, maximum: 3600, default: 6, description: 'Then one each so many seconds' }),
}

const WebWish = {
  proxy: formed(
    '^(\\*\\*\\*.{0,4}|(https?|socks5)://[\\x21-\\x7e]{1,1000})?$',
    'must be an address such as http://proxy.example:3128 or socks5://user:password@proxy.example:1080',
    {
      description:
        'Everything of this account goes through it; a secret, that reads back masked. One inside your network has to be listed in `allowed_hook_hosts`. Empty: none',
    },
  ),
  broadcasts: Type.Boolean({ default: false, description: 'Status updates and channels become events, too' }),
  typing: Type.Boolean({ default: true, description: 'Shows for a moment that it is typing before it answers' }),
  new_chats_a_day: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 50,
    description: 'Chats that it may begin in 24 hours: numbers that write to many strangers are banned',
  }),
  jitter_ms: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 800,
    description: 'Between two messages goes a random part of so many milliseconds at least',
  }),
}

const MediaWish = Type.Partial(
  Type.Object({
    download: Type.Boolean({ default: false, description: 'Fetch files when they come in' }),
    max_bytes: Type.Integer({
      minimum: 1,
      maximum: 1_073_741_824,
      default: 104_857_600,
      description: 'Larger ones are left where they are',
    }),
    mime_types: Type.Array(
      formed(
        '^[A-Za-z0-9!#$&^_.+*-]{1,127}/[A-Za-z0-9!#$&^_.+*-]{1,127}$',
        'must be a media type such as application/pdf or image/*',
      ),
      { maxItems: 100, description: 'Only files of these types; `image/*` is all images. Empty: all' },
    ),
  }),
  closed,
)

export const WhatsAppAccount = Type.Object(
  {
    id: Id,
    type: Type.Enum(['whatsmeow', 'business-api', 'web', 'cloud'], {
      default: 'whatsmeow',
      description: '`web` means `whatsmeow` and `cloud` means `business-api`; they read back as the latter',
    }),
    phone_number: Type.Optional(formed('^(\\+?[0-9 ()./-]{5,32})?$', 'must be a phone number such as +15550000000')),
    session_path: Type.Optional(
      formed(
        '^(?!.*\\.\\.)([A-Za-z0-9._][A-Za-z0-9._/@+ -]{0,254})?$',
        'must be a path below the data folder, without ..',
        { description: 'Kept and read back, and otherwise ignored: sessions lie in the database, encrypted' },
      ),
    ),
    show_qr: Type.Optional(
      Type.Boolean({ description: "Prints QR codes of a WhatsApp Web account in the server's own terminal, too" }),
    ),
    disabled: Type.Optional(Type.Boolean()),
    business_api: Type.Optional(BusinessAPIConfig),
    web: Type.Optional(
      Type.Partial(Type.Object(WebWish), { ...closed, description: 'Only for WhatsApp Web accounts' }),
    ),
    pacing: Type.Optional(
      Type.Partial(Type.Object(Pacing), {
        ...closed,
        description:
          'How fast messages go out; what comes faster waits for its turn. WhatsApp Web accounts begin with one a second, and five to one recipient, then one each 2 seconds',
      }),
    ),
    media: Type.Optional(MediaWish),
  },
  { ...closed, $id: 'WhatsAppAccount' },
)

const AccountStatus = Type.Object(
  {
    account_id: Type.String(),
    type: Type.Enum(['whatsmeow', 'business-api']),
    phone_number: TextOrNull,
    state: Type.Enum([...ACCOUNT_STATES]),
    since: TimeOut,
    reason: TextOrNull,
    warnings: Type.Array(Type.String()),
    callback_path: Type.Union([Type.String(), Type.Null()], { description: 'Where Meta calls: a path of this server' }),
    callback_url: Type.Union([Type.String(), Type.Null()], {
      description: 'The same as an address to give Meta; null unless WHATSHOOKED_PUBLIC_URL is set',
    }),
    last_event_at: TimeOrNull,
    last_sent_at: TimeOrNull,
    last_heard_at: { ...TimeOrNull, description: 'When WhatsApp was last heard; null where there is no connection' },
    advice: { ...TextOrNull, description: 'What its owner has to do now; null: nothing' },
    pacing: Type.Object(Pacing, closed),
    queue: Type.Object(
      {
        waiting: Type.Integer({ description: 'Messages that wait for their turn' }),
        next_at: Type.Union([TimeOut, Type.Null()], { description: 'When the next one goes' }),
      },
      closed,
    ),
  },
  closed,
)

const Enabled = Type.Object(
  {
    status: Ok,
    account_id: Type.String(),
    warning: Type.Optional(
      Type.String({ description: 'That the session was handed over to another server, and what follows from that' }),
    ),
  },
  closed,
)

const Removed = Type.Object(
  { status: Ok, warning: Type.Optional(Type.String({ description: 'What is left to be done by hand' })) },
  closed,
)

const Examination = Type.Object(
  {
    account_id: Type.String(),
    ok: Type.Boolean({ description: 'Nothing of it is a problem' }),
    findings: Type.Array(
      Type.Object(
        {
          check: Type.String({ description: 'What was looked at' }),
          result: Type.Enum(['ok', 'warning', 'problem', 'skipped']),
          says: Type.String(),
          fix: Type.Union([Type.String(), Type.Null()], { description: 'What to do about it' }),
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'Examination' },
)

export const accounts = {
  listAccounts: operation({
    route: 'GET /api/accounts',
    tag: 'Accounts',
    summary: 'List all WhatsApp accounts',
    description: 'Secrets read back as *** and their last four characters; sent back so, they stay as they are.',
    effect: 'readonly',
    scope: 'read',
    input: {},
    output: json(Type.Array(WhatsAppAccount)),
    fails: [],
  }),
  addAccount: operation({
    route: 'POST /api/accounts/add',
    tag: 'Accounts',
    summary: 'Add and connect a new WhatsApp account',
    effect: 'write',
    scope: 'admin',
    status: 201,
    input: { body: json(WhatsAppAccount) },
    output: json(Type.Object({ status: Ok, account_id: Type.String() }, closed)),
    fails: ['exists', 'upstream', 'unsupported'],
  }),
  updateAccount: operation({
    route: 'POST /api/accounts/update',
    alias: { route: 'PUT /api/accounts/update', operationId: 'replaceAccount' },
    tag: 'Accounts',
    summary: 'Update an existing account configuration (reconnects if enabled)',
    effect: 'write',
    scope: 'admin',
    input: { body: json(WhatsAppAccount) },
    output: json(Enabled),
    fails: ['not-found', 'upstream', 'unsupported', 'exists'],
  }),
  removeAccount: operation({
    route: 'POST /api/accounts/remove',
    tag: 'Accounts',
    summary: 'Remove and disconnect a WhatsApp account',
    description:
      'A linked device is logged out, and its session wiped here. That takes up to 10 seconds; when the phone could not be told, `warning` says so.',
    effect: 'destructive',
    scope: 'admin',
    input: { body: json(JustId) },
    output: json(Removed),
    fails: ['not-found'],
  }),
  disableAccount: operation({
    route: 'POST /api/accounts/disable',
    tag: 'Accounts',
    summary: 'Disable and disconnect a WhatsApp account',
    effect: 'write',
    scope: 'admin',
    input: { body: json(JustId) },
    output: json(StatusOkWithID),
    fails: ['not-found', 'internal'],
  }),
  enableAccount: operation({
    route: 'POST /api/accounts/enable',
    tag: 'Accounts',
    summary: 'Enable and reconnect a disabled WhatsApp account',
    description: 'One whose session was handed over to another server takes it back: `warning` says what that means.',
    effect: 'write',
    scope: 'admin',
    input: { body: json(JustId) },
    output: json(Enabled),
    fails: ['not-found', 'upstream', 'exists'],
  }),
  getAccountStatus: operation({
    route: 'GET /api/accounts/{id}/status',
    tag: 'Accounts',
    summary: 'How the connection of an account is, and why',
    effect: 'readonly',
    scope: 'read',
    input: { path: JustId },
    output: json(AccountStatus),
    fails: ['not-found'],
  }),
  examineAccount: operation({
    route: 'GET /api/accounts/{id}/doctor',
    tag: 'Accounts',
    summary: 'Look at everything that can be amiss with an account',
    description: 'Asks the other side, and changes nothing.',
    effect: 'readonly',
    scope: 'read',
    input: { path: JustId },
    output: json(Examination),
    fails: ['not-found'],
  }),
  mendAccount: operation({
    route: 'POST /api/accounts/{id}/doctor',
    tag: 'Accounts',
    summary: 'The same, and put right what can be put right from here',
    description: 'Subscribes the app to the business account when it is not. Answers how it is afterwards.',
    effect: 'write',
    scope: 'admin',
    input: { path: JustId },
    output: json(Examination),
    fails: ['not-found'],
  }),
}
