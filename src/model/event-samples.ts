// One realistic `data` for each event, for the docs and for whoever writes a receiver. The numbers belong to nobody.
import type { ChatRef, MediaReadyData, MessageData, PersonRef, StatusData } from './event-data.ts'
import type {
  AccountData,
  BusinessData,
  CallData,
  ContactData,
  FlowData,
  GroupData,
  HookData,
  HookTestData,
  MetaData,
  PairingData,
  ParticipantsData,
  PhoneNameData,
  PhoneQualityData,
  PresenceData,
  TemplateChangeData,
  TemplateStatusData,
} from './notice-data.ts'

const ADA: PersonRef = { id: '16505551234', phone: '+16505551234', lid: 'US.13491208655302741918', name: 'Ada Obi' }
const CHAT: ChatRef = { ...ADA, is_group: false }
const GROUP: ChatRef = { id: '120363041234567890@g.us', phone: null, lid: null, name: 'Night shift', is_group: true }
const WAMID = 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA='
const SENT_WAMID = 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBJCNkY5NTBENEU3ODYxQTM3RUQA'
const AT = '2026-11-20T09:15:04.000Z'

const MESSAGE: MessageData = {
  message_id: WAMID,
  chat: CHAT,
  from: ADA,
  from_me: false,
  message_type: 'text',
  timestamp: AT,
  context: null,
  media: null,
  text: { body: 'Is the blue one still there?' },
}

const STATUS: StatusData = {
  message_id: SENT_WAMID,
  transport_id: SENT_WAMID,
  chat: CHAT,
  recipient: null,
  status: 'sent',
  timestamp: AT,
  error: null,
}

const NOTICE = { waba_id: '102290129340398', timestamp: AT } as const
const TEMPLATE = { template_id: '1689556908129832', template_name: 'order_ready', template_language: 'en_US' } as const
const ACCOUNT: AccountData = { state: 'connected', reason: null, since: AT }

/** By event type; typed one by one, so that a sample cannot drift from what is sent. */
export const EVENT_SAMPLES = {
  'message.received': MESSAGE,
  'message.sent': {
    ...STATUS,
    pricing: { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' },
  },
  'message.delivered': { ...STATUS, status: 'delivered' },
  'message.read': { ...STATUS, status: 'read' },
  'message.played': { ...STATUS, status: 'played' },
  'message.failed': {
    ...STATUS,
    status: 'failed',
    error: {
      code: 131047,
      title: 'Re-engagement message',
      message: 'Re-engagement message',
      details: 'More than 24 hours have passed since the customer last replied to this number.',
    },
  },
  'message.unknown': {
    ...STATUS,
    message_id: 'msg_01KAGR5YVGQ4T8M2ZB7N3CXWED',
    transport_id: null,
    status: 'unknown',
    error: null,
  },
  'message.reaction': {
    ...MESSAGE,
    text: undefined,
    message_type: 'reaction',
    reaction: { message_id: SENT_WAMID, emoji: '👍' },
    target_id: SENT_WAMID,
  },
  'message.edited': { ...MESSAGE, text: { body: 'Is the green one still there?' }, target_id: SENT_WAMID },
  'message.revoked': { ...MESSAGE, text: undefined, message_type: 'revoke', target_id: SENT_WAMID },
  'media.ready': {
    message_id: WAMID,
    chat: CHAT,
    message_type: 'document',
    media: {
      id: '2754859441498128',
      mime_type: 'application/pdf',
      size: 48_213,
      sha256: 'fZsxHcQ1kXkP1r1g2v7c4u3k3bQ0f2y1o9m8n7l6k5w=',
      filename: 'invoice.pdf',
      file_id: 'med_01KAGR5YVGQ4T8M2ZB7N3CXWED',
      url: 'https://whatshooked.example.org/media/med_01KAGR5YVGQ4T8M2ZB7N3CXWED?expires=1764234904&signature=7kq9hVxkXo4WqfXb0T0dYw1m3r5s8u2z4A6c9e1g3i0',
    },
  },
  'account.connecting': { ...ACCOUNT, state: 'connecting' },
  'account.connected': ACCOUNT,
  'account.disconnected': {
    ...ACCOUNT,
    state: 'retrying',
    reason: 'Graph could not be reached: connect ECONNREFUSED.',
  },
  'account.logged_out': { ...ACCOUNT, state: 'logged_out', reason: 'The phone removed this device. Link it anew.' },
  'account.stale': {
    ...ACCOUNT,
    state: 'stale',
    reason: 'Nothing was heard from WhatsApp for 45 s, and it did not answer. The connection is opened anew.',
  },
  'account.qr': { code: '2@kF1xYw8S0m3bQ,pR7dT2vLq9nZ,0wE4uI6oAsD=,1', expires_at: AT },
  'account.pairing_code': { code: 'K4RT9WQX', expires_at: AT },
  'account.error': {
    ...ACCOUNT,
    state: 'broken',
    reason: 'Meta answered: Session has expired. (code 190, subcode 463)',
  },
  'group.updated': {
    chat: GROUP,
    change: 'subject',
    subject: 'Night shift',
    description: null,
    timestamp: AT,
    value: { id: GROUP.id, subject: 'Night shift' },
  },
  'group.participants': {
    chat: GROUP,
    action: 'add',
    participants: [ADA],
    timestamp: AT,
    value: { id: GROUP.id, action: 'add', participants: ['16505551234@s.whatsapp.net'] },
  },
  'contact.updated': {
    contact: ADA,
    change: 'user_id',
    previous_lid: 'US.98127346501928374655',
    timestamp: AT,
    value: {
      wa_id: '16505551234',
      user_id: { previous: 'US.98127346501928374655', current: 'US.13491208655302741918' },
    },
  },
  'presence.updated': { chat: CHAT, from: ADA, presence: 'composing', last_seen: null },
  'call.received': {
    call_id: 'wacid.HBgLMTY1MDU1NTEyMzQVAgASGAsxMTgyMDg2MjY3AA==',
    chat: CHAT,
    from: ADA,
    timestamp: AT,
    value: { event: 'connect', direction: 'USER_INITIATED', session: { sdp_type: 'offer', sdp: 'v=0…' } },
  },
  'template.status': {
    ...TEMPLATE,
    status: 'REJECTED',
    reason: 'INVALID_FORMAT',
    ...NOTICE,
    value: { event: 'REJECTED' },
  },
  'template.quality': {
    ...TEMPLATE,
    previous: 'GREEN',
    current: 'YELLOW',
    ...NOTICE,
    value: { new_quality_score: 'YELLOW' },
  },
  'template.category': {
    ...TEMPLATE,
    previous: 'UTILITY',
    current: 'MARKETING',
    ...NOTICE,
    value: { new_category: 'MARKETING' },
  },
  'phone_number.quality': {
    phone_number: '+15550783881',
    event: 'UPGRADE',
    limit: 'TIER_10K',
    previous_limit: 'TIER_2K',
    ...NOTICE,
    value: { display_phone_number: '15550783881', event: 'UPGRADE', current_limit: 'TIER_10K', old_limit: 'TIER_2K' },
  },
  'phone_number.name': {
    phone_number: '+15550783881',
    name: 'Obi Books',
    decision: 'APPROVED',
    reason: null,
    ...NOTICE,
    value: { display_phone_number: '15550783881', decision: 'APPROVED', requested_verified_name: 'Obi Books' },
  },
  'business.account': {
    field: 'account_update',
    event: 'ACCOUNT_RESTRICTION',
    ...NOTICE,
    value: {
      event: 'ACCOUNT_RESTRICTION',
      restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING' }],
    },
  },
  'flow.status': {
    flow_id: '6627390910605886',
    event: 'FLOW_STATUS_CHANGE',
    status: 'PUBLISHED',
    previous: 'DRAFT',
    message: null,
    ...NOTICE,
    value: { event: 'FLOW_STATUS_CHANGE', flow_id: '6627390910605886', old_status: 'DRAFT', new_status: 'PUBLISHED' },
  },
  'meta.<field>': {
    field: 'user_preferences',
    entry_id: '102290129340398',
    item: { user_preferences: [{ value: 'stop' }] },
  },
  'hook.disabled': { hook_id: 'crm', reason: 'It answered 410 Gone.' },
  'hook.enabled': { hook_id: 'crm', reason: null },
  'hook.test': { hook_id: 'crm', message: 'A test of this hook; nothing happened.' },
} satisfies Record<`message.${'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'unknown'}`, StatusData> &
  Record<`message.${'received' | 'reaction' | 'edited' | 'revoked'}`, MessageData> &
  Record<'media.ready', MediaReadyData> &
  Record<`account.${'connecting' | 'connected' | 'disconnected' | 'logged_out' | 'stale' | 'error'}`, AccountData> &
  Record<`account.${'qr' | 'pairing_code'}`, PairingData> &
  Record<'group.updated', GroupData> &
  Record<'group.participants', ParticipantsData> &
  Record<'contact.updated', ContactData> &
  Record<'presence.updated', PresenceData> &
  Record<'call.received', CallData> &
  Record<'template.status', TemplateStatusData> &
  Record<`template.${'quality' | 'category'}`, TemplateChangeData> &
  Record<'phone_number.quality', PhoneQualityData> &
  Record<'phone_number.name', PhoneNameData> &
  Record<'business.account', BusinessData> &
  Record<'flow.status', FlowData> &
  Record<'meta.<field>', MetaData> &
  Record<`hook.${'disabled' | 'enabled'}`, HookData> &
  Record<'hook.test', HookTestData>
