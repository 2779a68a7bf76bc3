// What comes in over the real client library from the simulated WhatsApp, as events.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { strange } from '../../../../simulator/whatsapp/index.ts'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { ANN, BEN, OWN, type RealStand, realStand } from './real-stand.ts'

let at: RealStand
before(async () => {
  at = await realStand()
})
after(() => at.close())

describe('a message from a phone', () => {
  it('is one event in one chat, by number as well as by LID', async () => {
    const byLid = await at.of(await at.ann.says(OWN, 'by LID', { addressing: 'lid' }))
    const byNumber = await at.of(await at.ann.says(OWN, 'by number', { addressing: 'pn' }))
    const person = { id: ANN, phone: `+${ANN}`, lid: at.ann.lid, name: 'Ann Obi' }
    for (const { chat, data } of [byLid, byNumber]) {
      assert.equal(chat, ANN)
      assert.deepEqual([data.chat, data.from], [{ ...person, is_group: false }, person])
    }
    assert.equal(byLid.data.text.body, 'by LID')
  })

  it('that was written on our own phone is from us, and what this server sends is not told again', async () => {
    const { data, chat } = await at.of(await at.own.says(ANN, 'from the phone'))
    assert.deepEqual([chat, data.from_me, data.from.id, data.from.lid], [ANN, true, OWN, at.own.lid])
    const sent = await at.send('from the server')
    await at.ann.hears((one) => one.id === sent)
    await at.of(await at.ann.says(OWN, 'thanks'))
    assert.ok(!at.events.some(({ data: told }) => told.message_id === sent && told.message_type === 'text'))
  })

  it('may be about another one', async () => {
    const target = await at.ann.says(OWN, 'helo')
    const key = { remoteJid: at.own.pn, id: target, fromMe: true }
    const reaction = await at.of(await at.ann.says(OWN, objects.reaction(key, '👍')), 'message.reaction')
    const edit = await at.of(await at.ann.says(OWN, objects.edit(key, objects.text('hello'))), 'message.edited')
    const revoke = await at.of(await at.ann.says(OWN, objects.revoke(key)), 'message.revoked')
    assert.deepEqual(
      [reaction, edit, revoke].map(({ data }) => data.target_id),
      [target, target, target],
    )
    assert.equal(edit.data.text.body, 'hello')
  })

  it('may be about another one as newer phones say it: encrypted with its secret', async () => {
    const { message, secret } = objects.withSecret(objects.text('helo'))
    const target = await at.ann.says(OWN, message)
    const key = { remoteJid: at.own.pn, id: target, fromMe: true }
    const about = { key, secret, asker: at.ann.lid, answerer: at.ann.lid }
    const edit = await at.of(await at.ann.says(OWN, objects.secretEdit(about, objects.text('hello'))), 'message.edited')
    assert.deepEqual([edit.data.target_id, edit.data.text], [target, { body: 'hello' }])
    const reaction = await at.of(await at.ann.says(OWN, objects.secretReaction(about, '👍')), 'message.reaction')
    assert.deepEqual(reaction.data.reaction, { message_id: target, emoji: '👍' })
  })

  it('of this server may be edited on our own phone', async () => {
    const id = await at.send('helo')
    const { content } = await at.ann.hears((one) => one.id === id)
    const secret = content.messageContextInfo?.messageSecret
    assert.ok(secret)
    const key = { remoteJid: at.ann.pn, id, fromMe: true }
    const edit = objects.secretEdit({ key, secret, asker: at.own.pn, answerer: at.own.pn }, objects.text('hello'))
    const { data } = await at.of(await at.own.says(ANN, edit), 'message.edited')
    assert.deepEqual([data.target_id, data.text, data.from_me], [id, { body: 'hello' }, true])
  })

  it('that is to be seen once is told without what it holds', async () => {
    at.strange(strange.unavailable({ from: at.ann.pn, id: 'ONCE1' }))
    const { data } = await at.of('ONCE1')
    assert.deepEqual(
      [data.message_type, data.unsupported, data.view_once],
      ['unsupported', { type: 'view_once' }, true],
    )
    assert.match(data.errors[0].message, /on the phone only/)
  })

  it('that comes in the clear is dropped and counted', async () => {
    at.strange(strange.plaintext({ from: at.ann.pn, id: 'CLEAR1' }, objects.text('never encrypted')))
    await at.of(await at.ann.says(OWN, 'encrypted'))
    assert.ok(!at.events.some(({ data }) => data.message_id === 'CLEAR1'))
    assert.ok(at.dropped.includes('plaintext'))
  })

  it('with a file can be fetched by what its event carried, also when the file was gone meanwhile', async () => {
    for (const isGone of [false, true]) {
      const bytes = Buffer.from(`a picture ${isGone}`.repeat(5000))
      const file = at.sim.media.publish(bytes, 'image')
      const { draft, data } = await at.of(await at.ann.says(OWN, objects.image(file, { caption: 'look' })))
      assert.equal(data.image.caption, 'look')
      assert.ok(draft.media)
      if (isGone) at.sim.media.expire(file.directPath)
      const chunks: Uint8Array[] = []
      await at.line.fetchMedia(draft.media.ref, {
        begin: ({ size }) => assert.equal(size, bytes.length),
        write: async (chunk) => void chunks.push(chunk),
      })
      assert.ok(Buffer.concat(chunks).equals(bytes))
    }
  })

  it('that could not be recorded comes again, and is told once', async () => {
    at.failNext(1)
    const id = await at.ann.says(OWN, 'keep this')
    await at.of(id)
    await at.of(await at.ann.says(OWN, 'and this'))
    assert.equal(at.events.filter(({ data }) => data.message_id === id).length, 1)
  })

  it('that arrives broken is told as such, and as itself when the phone sends it again', async () => {
    at.sim.server.corruptsNext()
    const id = await at.ben.says(OWN, 'once more')
    const whole = await at.event(({ data }) => data.message_id === id && data.message_type === 'text', 'the message')
    const broken = at.events.find(({ data }) => data.message_id === id && data.message_type === 'unsupported')
    assert.ok(broken)
    assert.equal(whole.data.text.body, 'once more')
  })
})

describe('a group', () => {
  it('has its name in the events of its messages, polls and votes', async () => {
    const group = at.sim.groups.create({ subject: 'Night shift', creator: BEN, members: [OWN, ANN] })
    const { data, chat } = await at.of(await at.ben.says(group.id, 'all here?'))
    assert.equal(chat, group.id)
    assert.deepEqual(data.chat, { id: group.id, phone: null, lid: null, name: 'Night shift', is_group: true })
    assert.deepEqual(data.from, { id: BEN, phone: `+${BEN}`, lid: at.ben.lid, name: 'Ben' })
    const question = objects.poll('When?', ['Monday', 'Tuesday'])
    const poll = await at.ben.says(group.id, question.message)
    assert.equal((await at.of(poll)).data.message_type, 'poll')
    const key = { remoteJid: group.id, id: poll, fromMe: false, participant: at.ben.lid }
    const answering = { key, secret: question.secret, asker: at.ben.lid, answerer: at.ann.lid }
    const vote = await at.of(await at.ann.says(group.id, objects.vote(answering, ['Tuesday'])))
    assert.deepEqual(vote.data.poll_vote, { poll_id: poll, options: ['Tuesday'] })
  })

  it('is told of when it changes, and who comes and goes', async () => {
    const group = at.sim.groups.create({ subject: 'Old name', creator: BEN, members: [OWN] })
    await at.event(({ type, chat }) => type === 'group.updated' && chat === group.id, 'the new group')
    at.sim.groups.change(group.id, BEN, { is: 'subject', text: 'New name' })
    const renamed = await at.event(({ data }) => data.subject === 'New name', 'the new name')
    assert.deepEqual(
      [renamed.type, renamed.data.change, renamed.data.chat.name],
      ['group.updated', 'subject', 'New name'],
    )
    at.sim.groups.change(group.id, BEN, { is: 'add', who: [ANN] })
    const joined = await at.event(({ type, chat }) => type === 'group.participants' && chat === group.id, 'who came')
    assert.deepEqual([joined.data.action, joined.data.participants[0].id], ['add', ANN])
  })
})

describe('what happens besides', () => {
  it('receipts are news of what this server sent', async () => {
    const id = await at.send('read this')
    await at.ann.hears((one) => one.id === id)
    at.ann.delivers(OWN, [id])
    assert.equal((await at.of(id, 'message.delivered')).data.chat.id, ANN)
    at.ann.reads(OWN, [id])
    assert.equal((await at.of(id, 'message.read')).draft.news?.status, 'read')
  })

  it('a call is told when it rings', async () => {
    const { id } = at.sim.calls.ring(ANN, OWN)
    const { data } = await at.event(({ type }) => type === 'call.received', 'the call')
    assert.deepEqual([data.call_id, data.from.id], [id, ANN])
  })

  it('a status update is left out, and so are keys and history from a stranger', async () => {
    const status = await at.sim.status.post(ANN, [OWN], objects.text('my day'))
    const keys = await at.ann.says(OWN, objects.forged.appStateKeys())
    const past = await at.ann.says(OWN, objects.forged.historyNotice(new Uint8Array(16)))
    await at.of(await at.ann.says(OWN, 'still here'))
    assert.ok(!at.events.some(({ data }) => [status, keys, past].includes(data.message_id)))
  })
})
