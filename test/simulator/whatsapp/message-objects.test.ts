// The message objects, read by the library: each is the kind that it claims to be, and its secrets open.
import assert from 'node:assert/strict'
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  decryptEventResponse,
  decryptPollVote,
  encodeWAMessage,
  getContentType,
  normalizeMessageContent,
  proto,
} from 'baileys'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'

const file = {
  url: 'https://127.0.0.1:1/v/x',
  directPath: '/v/x',
  mediaKey: Buffer.alloc(32, 1),
  fileLength: 3,
  fileSha256: Buffer.alloc(32, 2),
  fileEncSha256: Buffer.alloc(32, 3),
  mediaKeyTimestamp: 1,
}
const key = { remoteJid: '15551234567@s.whatsapp.net', id: 'ABC', fromMe: false }
const asker = '15550000001@s.whatsapp.net'
const answerer = '15551234567@s.whatsapp.net'

/** Over the wire, and as the library unwraps it. */
function read(message: say.MessageObject) {
  const whole = proto.Message.decode(proto.Message.encode(proto.Message.fromObject(message)).finish())
  const content = normalizeMessageContent(whole) ?? {}
  return { kind: getContentType(content), content, whole }
}

describe('message objects', () => {
  it('are of the kind that the library takes them for', () => {
    const kinds: [say.MessageObject, string][] = [
      [say.text('hi'), 'conversation'],
      [say.text('hi', { link: { url: 'https://x.example', title: 'X' } }), 'extendedTextMessage'],
      [say.image(file, { caption: 'c' }), 'imageMessage'],
      [say.video(file), 'videoMessage'],
      [say.videoNote(file), 'ptvMessage'],
      [say.audio(file), 'audioMessage'],
      [say.voice(file), 'audioMessage'],
      [say.document(file), 'documentMessage'],
      [say.document(file, { caption: 'c' }), 'documentMessage'],
      [say.sticker(file), 'stickerMessage'],
      [say.album(2, 1), 'albumMessage'],
      [say.location({ latitude: 1, longitude: 2 }), 'locationMessage'],
      [say.liveLocation({ latitude: 1, longitude: 2 }), 'liveLocationMessage'],
      [say.contacts({ name: 'Zoë', phone: '+1 555' }), 'contactMessage'],
      [say.contacts({ name: 'Zoë', phone: '+1 555' }, { name: 'Bo', phone: '+1 556' }), 'contactsArrayMessage'],
      [say.groupInvite({ group: '1@g.us', code: 'x', expiresAt: 1, name: 'G' }), 'groupInviteMessage'],
      [say.reaction(key, '👍'), 'reactionMessage'],
      [say.edit(key, say.text('new')), 'protocolMessage'],
      [say.revoke(key), 'protocolMessage'],
      [say.ephemeralSetting(86_400, key.remoteJid), 'protocolMessage'],
      [say.pin(key, 60), 'pinInChatMessage'],
      [say.buttonReply('a', 'A'), 'buttonsResponseMessage'],
      [say.templateReply('a', 'A'), 'templateButtonReplyMessage'],
      [say.listReply('a', 'A'), 'listResponseMessage'],
      [say.formReply('flow', 'Sent', { a: 1 }), 'interactiveResponseMessage'],
      [say.poll('?', ['a', 'b']).message, 'pollCreationMessageV3'],
      [say.poll('?', ['a', 'b'], 0).message, 'pollCreationMessage'],
      [say.event({ name: 'Party', startsAt: 1 }).message, 'eventMessage'],
      [say.buttons('?', [{ id: 'a', label: 'A' }]), 'buttonsMessage'],
      [say.list('?', 'Choose', [{ id: 'a', label: 'A' }]), 'listMessage'],
      [say.interactive('?', [{ id: 'a', label: 'A' }]), 'interactiveMessage'],
      [say.order({ id: '1', seller: asker, items: 1, amount1000: 1000, currency: 'EUR' }), 'orderMessage'],
      [say.product({ id: '1', owner: asker, title: 'T', amount1000: 1000, currency: 'EUR' }), 'productMessage'],
      [say.viewOnce(say.image(file)), 'imageMessage'],
      [say.viewOnce(say.voice(file)), 'audioMessage'],
      [say.ephemeral(say.text('soon gone')), 'conversation'],
    ]
    assert.deepEqual(
      kinds.map(([message]) => read(message).kind),
      kinds.map(([, kind]) => kind),
    )
  })

  it('carry quotes, mentions and forwards, whatever their kind', () => {
    const context = {
      quotes: { id: 'Q1', from: asker, message: say.text('what?') },
      mentions: [asker],
      forwarded: 5,
      expires: 60,
    }
    for (const message of [say.text('this', context), say.withContext(say.document(file, { caption: 'c' }), context)]) {
      const { content, kind } = read(message)
      const { contextInfo } = content[kind!] as { contextInfo: proto.IContextInfo }
      assert.equal(contextInfo.stanzaId, 'Q1')
      assert.equal(contextInfo.participant, asker)
      assert.equal(contextInfo.quotedMessage?.conversation, 'what?')
      assert.deepEqual(contextInfo.mentionedJid, [asker])
      assert.deepEqual([contextInfo.isForwarded, contextInfo.forwardingScore, contextInfo.expiration], [true, 5, 60])
    }
    assert.throws(() => say.withContext(say.forged.empty(), context), /no content/)
  })

  it('say that they are to be seen once', () => {
    assert.equal(read(say.viewOnce(say.image(file))).content.imageMessage?.viewOnce, true)
    assert.ok(read(say.viewOnce(say.voice(file))).whole.viewOnceMessageV2Extension)
  })

  it('keep votes so that only who has the secret of the poll reads them', () => {
    const { secret, message } = say.poll('Lunch?', ['soup', 'cake'], 0)
    assert.deepEqual(read(message).whole.messageContextInfo?.messageSecret, secret)
    const { content } = read(say.vote({ key, secret, asker, answerer }, ['cake', 'soup']))
    const vote = content.pollUpdateMessage?.vote as { encPayload: Uint8Array; encIv: Uint8Array }
    const about = { pollCreatorJid: asker, pollMsgId: key.id, voterJid: answerer }
    const opened = decryptPollVote(vote, { ...about, pollEncKey: secret })
    const { createHash } = process.getBuiltinModule('node:crypto')
    const wanted = ['cake', 'soup'].map((each) => createHash('sha256').update(each).digest('hex'))
    assert.deepEqual(
      opened.selectedOptions.map((each) => Buffer.from(each).toString('hex')),
      wanted,
    )
    assert.throws(() => decryptPollVote(vote, { ...about, pollEncKey: Buffer.alloc(32) }))
  })

  it('keep answers to events likewise', () => {
    const { secret } = say.event({ name: 'Party', startsAt: 1 })
    const { content } = read(say.eventReply({ key, secret, asker, answerer }, 'maybe'))
    const reply = content.encEventResponseMessage as { encPayload: Uint8Array; encIv: Uint8Array }
    const about = { eventCreatorJid: asker, eventMsgId: key.id, eventEncKey: secret, responderJid: answerer }
    const { MAYBE } = proto.Message.EventResponseMessage.EventResponseType
    assert.equal(decryptEventResponse(reply, about).response, MAYBE)
  })
})

describe('what newer phones encrypt with the secret of a message', () => {
  const { secret, message } = say.withSecret(say.text('helo'))
  const about = { key, secret, asker, answerer: asker }

  /** As WhatsApp Web derives the key, without data beside it. */
  function open({ encPayload, encIv }: { encPayload?: unknown; encIv?: unknown }, purpose: string): Uint8Array {
    const info = Buffer.from(`${key.id}${asker}${asker}${purpose}`)
    const drawn = new Uint8Array(hkdfSync('sha256', secret, Buffer.alloc(32), info, 32))
    const payload = encPayload as Uint8Array
    const cipher = createDecipheriv('aes-256-gcm', drawn, encIv as Uint8Array).setAuthTag(payload.subarray(-16))
    return Buffer.concat([cipher.update(payload.subarray(0, -16)), cipher.final()])
  }

  it('opens with it alone, and is what older ones send in the open', () => {
    assert.deepEqual(read(message).whole.messageContextInfo?.messageSecret, secret)
    const { secretEncryptedMessage: edit } = read(say.secretEdit(about, say.text('hello'))).content
    assert.deepEqual([edit?.secretEncType, edit?.targetMessageKey?.id], [2, key.id])
    const { protocolMessage } = proto.Message.decode(open(edit ?? {}, 'Message Edit'))
    assert.deepEqual([protocolMessage?.type, protocolMessage?.editedMessage?.conversation], [14, 'hello'])
    const short = read(say.secretEdit(about, say.text('hello'), { whole: false })).content.secretEncryptedMessage
    assert.equal(proto.Message.decode(open(short ?? {}, 'Message Edit')).conversation, 'hello')
    const { encReactionMessage: reaction } = read(say.secretReaction(about, '👍')).content
    assert.equal(proto.Message.ReactionMessage.decode(open(reaction ?? {}, 'Enc Reaction')).text, '👍')
    const { encCommentMessage: comment } = read(say.secretComment(about, say.text('so true'))).content
    assert.equal(proto.Message.decode(open(comment ?? {}, 'Enc Comment')).conversation, 'so true')
    assert.throws(() => open(comment ?? {}, 'Message Edit'))
  })

  it('may be an event that is another one now', () => {
    const occasion = { name: 'Party', startsAt: 1 }
    const edits = [false, true].map((bare) => read(say.secretEventEdit(about, occasion, { bare })).content)
    const [whole, bare] = edits.map(({ secretEncryptedMessage }) => open(secretEncryptedMessage ?? {}, 'Event Edit'))
    assert.equal(proto.Message.decode(whole!).eventMessage?.name, 'Party')
    assert.equal(proto.Message.EventMessage.decode(bare!).name, 'Party')
  })
})

describe('forged message objects', () => {
  it('are as bad as they say', () => {
    const { forged } = say
    assert.equal(read(forged.appStateKeys()).whole.protocolMessage?.appStateSyncKeyShare?.keys?.length, 1)
    assert.ok(read(forged.historyNotice(Buffer.from('x'))).whole.protocolMessage?.historySyncNotification)
    const resent = read(forged.resentMessage(key, say.text('never said'))).whole.protocolMessage
    const [result] = resent?.peerDataOperationRequestResponseMessage?.peerDataOperationResult ?? []
    const bytes = result?.placeholderMessageResendResponse?.webMessageInfoBytes
    assert.equal(proto.WebMessageInfo.decode(bytes!).message?.conversation, 'never said')
    assert.equal(read(forged.sentByYou(asker, say.text('x'))).whole.deviceSentMessage?.destinationJid, asker)
    assert.equal(
      read(forged.fileAt(file, 'http://169.254.169.254/')).content.imageMessage?.url,
      'http://169.254.169.254/',
    )
    assert.ok(encodeWAMessage(forged.hugeText(1_000_000)).length > 1_000_000)
    assert.equal(read(forged.mentionsOf(10)).content.extendedTextMessage?.contextInfo?.mentionedJid?.length, 10)
    assert.equal(read(forged.empty()).kind, undefined)
    assert.deepEqual(Object.keys(proto.Message.decode(forged.unknownField())), [])
  })

  it('are nested as deep as was asked for', () => {
    let depth = 0
    let message: proto.IMessage | null | undefined = say.forged.nested(40)
    while (message?.ephemeralMessage) {
      message = message.ephemeralMessage.message
      depth += 1
    }
    assert.equal(depth, 40)
    assert.equal(message?.conversation, 'deep')
    assert.match(JSON.stringify(say.forged.quoteChain(20)), /level 0/)
  })
})
