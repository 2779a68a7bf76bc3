// Whatever comes in over a linked device: receiving never fails for it, and tells nothing that is not there.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { ANN, AT, arrived, BEN, FILE, GROUP, inGroup, type Loose, Stand, wire } from './stand.ts'

const { forged } = objects

const bytes = fc.uint8Array({ maxLength: 40 })
const leaf = fc.oneof(
  ...[fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined), bytes],
  fc.constantFrom(ANN, GROUP, 'M1', 'constructor', '__proto__', 'toString'),
  fc.record({ low: fc.integer(), high: fc.integer(), unsigned: fc.boolean() }),
)
/** Names that mean something, so that rubbish gets far. */
const name = fc.constantFrom(
  ...['conversation', 'extendedTextMessage', 'imageMessage', 'audioMessage', 'documentMessage', 'contactMessage'],
  ...['contactsArrayMessage', 'reactionMessage', 'protocolMessage', 'editedMessage', 'pollUpdateMessage', 'message'],
  ...['ephemeralMessage', 'viewOnceMessageV2', 'pollCreationMessage', 'eventMessage', 'listMessage', 'buttonsMessage'],
  ...['interactiveResponseMessage', 'templateMessage', 'productMessage', 'orderMessage', 'commentMessage'],
  ...['secretEncryptedMessage', 'encReactionMessage', 'targetMessageKey', 'secretEncType', 'messageSecret'],
  ...['encEventResponseMessage', 'messageContextInfo', 'contextInfo', 'key', 'id', 'type', 'vcard', 'options', 'vote'],
  ...['encPayload', 'encIv', 'stanzaId', 'participant', 'mentionedJid', 'fileSha256', 'mediaKey', 'directPath'],
  ...['fileLength', 'text', 'degreesLatitude', 'externalAdReply', 'sections', 'buttons', '__proto__', 'constructor'],
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}))
const content = fc.array(fc.tuple(name, tree), { maxLength: 3 }).map((entries) => Object.fromEntries(entries))

const TYPES = new Set(['message.received', 'message.reaction', 'message.edited', 'message.revoked'])

function isWhole({ type, data, raw }: { type: string; data: string; raw: string | null }): void {
  assert.ok(TYPES.has(type))
  const told = JSON.parse(data)
  JSON.parse(raw ?? 'null')
  assert.equal(typeof told.message_id, 'string')
  assert.equal(typeof told.message_type, 'string')
  assert.equal(told.chat.id, '15551234567')
  assert.equal(told.from_me, false)
  if (type !== 'message.received') assert.equal(typeof told.target_id, 'string')
}

describe('rubbish', () => {
  it('as content never fails, and what is told of it is whole', async () => {
    const at = new Stand({ download: true })
    await fc.assert(
      fc.asyncProperty(content, async (rubbish) => {
        const before = at.drafts.length
        await at.receiver.arrived(arrived(rubbish))
        assert.ok(at.drafts.length - before <= 1)
        at.drafts.slice(before).forEach(isWhole)
      }),
      { numRuns: 1500 },
    )
  })

  it('as an envelope, a receipt or a notice never fails', async () => {
    const at = new Stand({ web: { broadcasts: true } })
    const jid = fc.oneof(fc.constantFrom(ANN, GROUP, 'status@broadcast', '1@newsletter', '@', ''), leaf)
    const envelope = fc.record({
      ...{ id: leaf, chat: jid, chatAlt: jid, from: jid, fromAlt: jid, fromMe: leaf, pushName: leaf, category: leaf },
      at: fc.oneof(leaf, fc.constant(AT)),
    })
    const what = fc.constantFrom(
      ...['groups.upsert', 'groups.update', 'group-participants.update', 'group.join-request', 'presence.update'],
      ...['call', 'contacts.upsert', 'contacts.update', 'lid-mapping.update', 'of tomorrow'],
    )
    const notice = fc.dictionary(
      fc.constantFrom(
        'id',
        'participants',
        'presences',
        'action',
        'subject',
        'status',
        'from',
        'date',
        'lid',
        'pn',
        'name',
      ),
      fc.oneof(jid, tree),
    )
    await fc.assert(
      fc.asyncProperty(envelope, what, notice, async (told, name, value) => {
        await at.receiver.arrived({ envelope: told as Loose, content: { conversation: 'x' } })
        await at.receiver.receipt({ ids: [told.id], ...told, participant: told.from, type: 'read' } as Loose)
        await at.receiver.notice(name, value)
      }),
      { numRuns: 1000 },
    )
    for (const { data } of at.drafts) JSON.parse(data)
  })

  it('is counted by what is wrong with it', async () => {
    const at = new Stand()
    const hello = { conversation: 'x' }
    for (const envelope of [
      { id: '' },
      { id: 'a b' },
      { chat: 'nobody' },
      { from: GROUP },
      { at: 0 },
      { at: Number.NaN },
    ])
      assert.deepEqual(await at.told(hello, envelope), [])
    assert.deepEqual(await at.told('text' as Loose), [])
    assert.deepEqual(await at.told({ reactionMessage: { text: '!' } }), [])
    assert.deepEqual(at.dropped, Array(8).fill('malformed'))
    assert.equal(at.warnings.length, 1, 'one warning, not eight')
  })
})

describe('what attackers send', () => {
  it('of absurd size is dropped, and what is only long is not', async () => {
    const at = new Stand()
    assert.equal((await at.told(wire(forged.hugeText(65_536)))).length, 1)
    assert.deepEqual(await at.told(wire(forged.hugeText(1024 * 1024 + 1))), [])
    const thumbnail = { imageMessage: { ...FILE, jpegThumbnail: Buffer.alloc(1024 * 1024) } }
    assert.deepEqual(await at.told(wire(thumbnail)), [])
    assert.deepEqual(at.dropped, ['oversized', 'oversized'])
  })

  it('wrapped in itself many times is no message, wrapped a few times is one', async () => {
    const at = new Stand()
    assert.equal((await at.one(wire(forged.nested(4)))).data.text.body, 'deep')
    assert.deepEqual(await at.told(wire(forged.nested(60))), [])
    assert.deepEqual(at.dropped, ['malformed'])
  })

  it('as edits of edits and comments on comments costs no stack', async () => {
    const at = new Stand()
    let edits: Loose = { conversation: 'x' }
    let comments: Loose = { conversation: 'x' }
    for (let level = 0; level < 5000; level += 1) {
      edits = { protocolMessage: { type: 14, key: { id: 'M', fromMe: true }, editedMessage: edits } }
      comments = { commentMessage: { message: comments, targetMessageKey: { id: 'M' } } }
    }
    assert.deepEqual(await at.told(edits), [])
    assert.equal((await at.one(comments)).data.message_type, 'unknown')
  })

  it('as a chain of quotes is told with the first of them', async () => {
    const { data, raw } = await new Stand().one(wire(forged.quoteChain(30)))
    assert.equal(data.text.body, 'level 29')
    assert.ok(raw.message.extendedTextMessage.contextInfo.quotedMessage)
  })

  it('with thousands of mentions names some of them', async () => {
    const { data } = await new Stand().one(wire(forged.mentionsOf(5000)))
    assert.equal(data.mentions.length, 256)
  })

  it('as a message that our phone is said to have sent stays the message of who sent it', async () => {
    const { data } = await new Stand().one(wire(forged.sentByYou(BEN, { conversation: 'I quit' })))
    assert.deepEqual([data.from_me, data.from.id, data.chat.id], [false, '15551234567', '15551234567'])
  })

  it('as nothing, or as a sender key alone, is nothing', async () => {
    const at = new Stand()
    for (const nothing of [forged.empty(), forged.senderKey(GROUP)])
      assert.deepEqual(await at.told(wire(nothing), inGroup()), [])
    assert.deepEqual(at.dropped, [])
  })

  it('as a vCard of absurd length costs no time', async () => {
    const at = new Stand()
    const vcard = `BEGIN:VCARD\n${'TEL;waid=1;x=:1\n'.repeat(20_000)}N:${'\\;'.repeat(20_000)}\n FN:${' \n '.repeat(5000)}`
    const { data } = await at.one(wire({ contactMessage: { displayName: 'x', vcard } }))
    assert.equal(data.contacts[0].name.formatted_name, 'x')
  })
})
