// Messages that a receiver asks for again: as they went out, and only to their own chat.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Content } from '../../../../src/model/content.ts'
import { ANN, arrived, BEN, fileOf, GROUP, media, recorded, say, send, sendStand } from './stand.ts'

const ann = `${ANN}@s.whatsapp.net`

describe('a message that is asked for again', () => {
  it('is what went out', async () => {
    const at = sendStand()
    const { id, content } = await send(at, say('hello'))
    assert.deepEqual(await at.sender.sent(id, ann), { went: content })
  })

  it('is known also when its ack never came', async () => {
    const at = sendStand()
    at.socket.ack = 'held'
    await assert.rejects(send(at, say('hello')))
    assert.deepEqual(await at.sender.sent(at.socket.sent[0]!.id, ann), { went: { text: 'hello', linkPreview: null } })
  })

  it('is not told in another chat', async () => {
    const at = sendStand()
    const { id } = await send(at, say('hello'))
    assert.equal(await at.sender.sent(id, `${BEN}@s.whatsapp.net`), null)
    assert.equal(await at.sender.sent(id, GROUP), null)
    const toGroup = await send(at, say('hello'), { chat: GROUP })
    assert.equal(await at.sender.sent(toGroup.id, ann), null)
    assert.ok(await at.sender.sent(toGroup.id, GROUP))
  })

  it('is told under the other name of its chat', async () => {
    const at = sendStand()
    const { id } = await send(at, say('hello'))
    assert.ok(await at.sender.sent(id, '900000000000009@lid'))
    at.sender.heard(arrived('IN1', { chat: '900000000000008@lid', chatAlt: `${BEN}@s.whatsapp.net` }))
    assert.equal(await at.sender.sent(id, '900000000000008@lid'), null)
  })

  it('is nothing when nobody knows it, or when it is of another account', async () => {
    const at = sendStand()
    assert.equal(await at.sender.sent('3EB0NONE', ann), null)
    at.records.set('3EB0OTHER', recorded(say('x'), { account: 'other' }))
    assert.equal(await at.sender.sent('3EB0OTHER', ann), null)
  })
})

describe('after a restart', () => {
  const again = async (content: Content, kept?: string) => {
    const at = sendStand()
    at.records.set('3EB0OLD', recorded(content, kept === undefined ? {} : { content: kept }))
    return at.sender.sent('3EB0OLD', ann)
  }

  it('a text is made anew, with what it answered', async () => {
    assert.deepEqual(await again(say('hello')), { extendedTextMessage: { text: 'hello' } })
    const reply = JSON.stringify({ content: say('hello'), replyTo: 'IN1' })
    const contextInfo = { stanzaId: 'IN1' }
    assert.deepEqual(await again(say('hello'), reply), { extendedTextMessage: { text: 'hello', contextInfo } })
  })

  it('a file is named as it was', async () => {
    const at = sendStand()
    const id = await at.sender.upload('document', fileOf('x', 'application/pdf', 'terms.pdf'))
    const { documentMessage } = (await again(media('document', id, { caption: 'read' }))) as {
      documentMessage: Record<string, unknown>
    }
    assert.equal(documentMessage.fileName, 'terms.pdf')
    assert.equal(documentMessage.caption, 'read')
    assert.equal(documentMessage.directPath, '/v/t62/1.enc?ccb=1')
    assert.deepEqual(documentMessage.mediaKey, Buffer.alloc(32, 1))
    assert.deepEqual(documentMessage.fileEncSha256, Buffer.alloc(32, 2))
  })

  it('places, cards and reactions are made anew', async () => {
    const place = { kind: 'location', latitude: 1, longitude: 2, name: null, address: 'here' } as const
    assert.deepEqual(await again(place), {
      locationMessage: { degreesLatitude: 1, degreesLongitude: 2, address: 'here' },
    })
    const [ann, ben] = [{ name: { formatted_name: 'Ann' } }, { name: { formatted_name: 'Ben' } }]
    const one = (await again({ kind: 'contacts', contacts: [ann] })) as { contactMessage: { displayName: string } }
    assert.equal(one.contactMessage.displayName, 'Ann')
    const two = (await again({ kind: 'contacts', contacts: [ann, ben] })) as {
      contactsArrayMessage: { displayName: string; contacts: unknown[] }
    }
    assert.equal(two.contactsArrayMessage.contacts.length, 2)
    assert.deepEqual(await again({ kind: 'reaction', messageId: 'IN1', emoji: '👍' }), {
      reactionMessage: { text: '👍', key: { remoteJid: `${ANN}@s.whatsapp.net`, id: 'IN1', fromMe: false } },
    })
  })

  it('what is forgotten, or never went out, is nothing', async () => {
    assert.equal(await again(say('x'), ''), null)
    assert.equal(await again(say('x'), '{"text":"of old"}'), null)
    assert.equal(await again(say('x'), 'no JSON'), null)
    assert.equal(await again({ kind: 'template', template: {} }), null)
    const file = { from: 'file', name: 'msg_1', size: 1, sha256: '' } as const
    assert.equal(await again({ ...media('image', ''), media: file }), null)
  })
})
