// Every field that the library knows of a message, and what becomes of it: a field that a newer library knows has to be
// decided upon here.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { proto } from 'baileys'
import { type Loose, MY_JID, Stand, wire } from './stand.ts'

const KEY = { remoteJid: MY_JID, id: 'TARGET', fromMe: false }
const ABOUT = { key: KEY }
const SEALED = { targetMessageKey: KEY, encPayload: Buffer.alloc(32), encIv: Buffer.alloc(12) }

/** Told as a message of that type; beside it the least that it can hold, when it is not nothing. */
const TOLD: Record<string, string | readonly [string, unknown]> = {
  conversation: ['text', 'x'],
  extendedTextMessage: 'text',
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  stickerPackMessage: 'sticker_pack',
  albumMessage: 'album',
  locationMessage: 'location',
  liveLocationMessage: 'location',
  contactMessage: 'contacts',
  contactsArrayMessage: 'contacts',
  reactionMessage: ['reaction', ABOUT],
  pollCreationMessage: 'poll',
  pollCreationMessageV2: 'poll',
  pollCreationMessageV3: 'poll',
  pollCreationMessageV5: 'poll',
  pollUpdateMessage: ['poll_vote', { pollCreationMessageKey: KEY, vote: {} }],
  eventMessage: 'event',
  encEventResponseMessage: ['event_response', { eventCreationMessageKey: KEY }],
  pinInChatMessage: ['pin', ABOUT],
  keepInChatMessage: ['keep', ABOUT],
  groupInviteMessage: 'group_invite',
  buttonsMessage: 'interactive',
  buttonsResponseMessage: 'interactive',
  listMessage: 'interactive',
  listResponseMessage: 'interactive',
  interactiveMessage: 'interactive',
  interactiveResponseMessage: 'interactive',
  templateMessage: 'template',
  templateButtonReplyMessage: 'button',
  orderMessage: 'order',
  productMessage: 'product',
  commentMessage: ['text', { message: { conversation: 'x' }, targetMessageKey: KEY }],
  placeholderMessage: 'unsupported',
  // Of a message whose secret is not known; sealed.test.ts has those that can be read.
  secretEncryptedMessage: ['unsupported', { ...SEALED, secretEncType: 2 }],
  protocolMessage: ['revoke', { type: 0, key: { ...KEY, fromMe: true } }],
}

/** A message stands in their `message`, and is told as itself. */
const WRAPPINGS = [
  ...['deviceSentMessage', 'ephemeralMessage', 'viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension'],
  ...['documentWithCaptionMessage', 'editedMessage', 'associatedChildMessage', 'groupMentionedMessage'],
  ...['botInvokeMessage', 'botForwardedMessage', 'botTaskMessage', 'lottieStickerMessage', 'eventCoverImage'],
  ...['statusMentionMessage', 'groupStatusMentionMessage', 'groupStatusMessage', 'groupStatusMessageV2'],
  ...['statusAddYours', 'limitSharingMessage', 'questionMessage', 'questionReplyMessage'],
  ...['pollCreationMessageV4', 'pollCreationOptionImageMessage'],
]

/** Told as `unknown`, with the field's name and all that it holds as `raw`. */
const UNKNOWN = [
  ...['call', 'callLogMesssage', 'bcallMessage', 'scheduledCallCreationMessage', 'scheduledCallEditMessage'],
  ...['sendPaymentMessage', 'requestPaymentMessage', 'declinePaymentRequestMessage', 'cancelPaymentRequestMessage'],
  ...['paymentInviteMessage', 'invoiceMessage', 'highlyStructuredMessage', 'requestPhoneNumberMessage', 'chat'],
  ...['newsletterAdminInviteMessage', 'newsletterFollowerInviteMessageV2', 'richResponseMessage'],
  ...['pollResultSnapshotMessage', 'pollResultSnapshotMessageV3', 'questionResponseMessage'],
  ...['statusNotificationMessage', 'statusQuestionAnswerMessage', 'statusQuotedMessage'],
  ...['statusStickerInteractionMessage'],
]
/** The same, unless the secret of the message that they are about is known. */
const UNKNOWN_SEALED = ['encReactionMessage', 'encCommentMessage']

/** Keys, and what phones tell each other; nobody is told. */
const SILENT = [
  ...['messageContextInfo', 'senderKeyDistributionMessage', 'fastRatchetKeySenderKeyDistributionMessage'],
  ...['stickerSyncRmrMessage', 'messageHistoryBundle', 'messageHistoryNotice'],
]

/** What a protocol message can be, and what comes of it. `order`: only our own phone may say it. */
const PROTOCOL: Record<string, 'revoke' | 'edit' | 'order' | 'silent'> = {
  REVOKE: 'revoke',
  MESSAGE_EDIT: 'edit',
  HISTORY_SYNC_NOTIFICATION: 'order',
  APP_STATE_SYNC_KEY_SHARE: 'order',
  APP_STATE_SYNC_KEY_REQUEST: 'order',
  INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC: 'order',
  APP_STATE_FATAL_EXCEPTION_NOTIFICATION: 'order',
  PEER_DATA_OPERATION_REQUEST_MESSAGE: 'order',
  PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE: 'order',
  LID_MIGRATION_MAPPING_SYNC: 'order',
  EPHEMERAL_SETTING: 'silent',
  EPHEMERAL_SYNC_RESPONSE: 'silent',
  MSG_FANOUT_BACKFILL_REQUEST: 'silent',
  SHARE_PHONE_NUMBER: 'silent',
  REQUEST_WELCOME_MESSAGE: 'silent',
  BOT_FEEDBACK_MESSAGE: 'silent',
  MEDIA_NOTIFY_MESSAGE: 'silent',
  CLOUD_API_THREAD_CONTROL_NOTIFICATION: 'silent',
  REMINDER_MESSAGE: 'silent',
  BOT_MEMU_ONBOARDING_MESSAGE: 'silent',
  STATUS_MENTION_MESSAGE: 'silent',
  STOP_GENERATION_MESSAGE: 'silent',
  LIMIT_SHARING: 'silent',
  AI_PSI_METADATA: 'silent',
  AI_QUERY_FANOUT: 'silent',
  GROUP_MEMBER_LABEL_CHANGE: 'silent',
}

describe('the fields of a message', () => {
  const at = new Stand()

  it('are all decided upon', () => {
    const known = Object.keys(proto.Message.prototype).filter((name) => name !== 'toJSON')
    const decided = [...Object.keys(TOLD), ...WRAPPINGS, ...UNKNOWN, ...UNKNOWN_SEALED, ...SILENT]
    assert.deepEqual(decided.toSorted(), known.toSorted())
    assert.ok(known.length > 90)
  })

  it('that say something are told as a type of their own', async () => {
    for (const [field, told] of Object.entries(TOLD)) {
      const [type, value] = typeof told === 'string' ? [told, {}] : told
      const { data } = await at.one(wire({ [field]: value }))
      assert.equal(data.message_type, type, field)
      assert.ok(type in data, field)
    }
  })

  it('that wrap a message are told as what they wrap', async () => {
    for (const field of WRAPPINGS) {
      const { data } = await at.one(wire({ [field]: { message: { conversation: 'x' } } }))
      assert.deepEqual(data.text, { body: 'x' }, field)
    }
  })

  it('that have no type of their own are told as unknown, with what they hold', async () => {
    for (const field of [...UNKNOWN, ...UNKNOWN_SEALED]) {
      const { data, raw } = await at.one(wire({ [field]: UNKNOWN_SEALED.includes(field) ? SEALED : {} }))
      assert.deepEqual([data.message_type, data.unknown.type], ['unknown', field])
      assert.ok(field in raw.message, field)
    }
  })

  it('that are of no interest are not told', async () => {
    for (const field of SILENT) assert.deepEqual(await at.told(wire({ [field]: {} })), [], field)
  })

  it('of tomorrow are told as unknown', async () => {
    const { data, raw } = await at.one({ hologramMessage: { of: 'Ann' } })
    assert.deepEqual([data.unknown, raw.message.hologramMessage], [{ type: 'hologramMessage' }, { of: 'Ann' }])
  })
})

describe('protocol messages', () => {
  const { Type } = proto.Message.ProtocolMessage

  it('are all decided upon', () => {
    const known = Object.keys(Type).filter((name) => /\D/.test(name))
    assert.deepEqual(Object.keys(PROTOCOL).toSorted(), known.toSorted())
  })

  it('are told, thrown away or passed over, as was decided', async () => {
    for (const [name, becomes] of Object.entries(PROTOCOL)) {
      const at = new Stand()
      const type = (Type as Loose)[name]
      const key = { ...KEY, fromMe: true }
      const told = await at.told(wire({ protocolMessage: { type, key, editedMessage: { conversation: 'x' } } }))
      const events = { revoke: ['message.revoked'], edit: ['message.edited'], order: [], silent: [] }[becomes]
      assert.deepEqual(
        told.map((one) => one.type),
        events,
        name,
      )
      assert.deepEqual(at.dropped, becomes === 'order' ? ['forged'] : [], name)
    }
  })
})
