// A message is on disk before WhatsApp hears that we have it, and comes again when it is not.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { OutMessage } from '../../../../src/model/message.ts'
import type { SessionStoreOf } from '../../../../src/transports/transport.ts'
import { type Auth, openAuth } from '../../../../src/transports/web/socket/auth.ts'
import { loadLibrary } from '../../../../src/transports/web/socket/load.ts'
import { sessionInMemory } from '../session.ts'
import { createStand, type Stand } from './stand.ts'

let at: Stand
before(async () => {
  at = await createStand()
})
afterEach(() => at.clear())
after(() => at.close())

const draftsOf = (text: string) => at.drafts.filter(({ data }) => data.includes(text))
const confirmed = (id: string) => at.sim.server.receipts().filter(({ ids }) => ids.includes(id))
const device = () => {
  const found = at.own.companions().at(-1)
  if (!found) throw new Error('a device is linked')
  return found
}

function sentTo(chat: string, transportId: string): OutMessage {
  const ids = { id: 'msg_01K0000000000000000000000A', account: 'own', transportId, publicId: transportId }
  return { ...ids, chat, kind: 'text', content: '{}', status: 'sent', error: null, createdAt: Date.now() }
}

describe('a message', () => {
  it('is confirmed when it is on disk, and not before', async () => {
    await at.linked()
    const disk = Promise.withResolvers<void>()
    let isAsked = false
    at.emits = () => {
      isAsked = true
      return disk.promise
    }
    const id = await at.ann.says(at.own.number, 'keep this')
    await at.until('the disk to be asked', () => isAsked)
    // Time enough for a receipt that does not wait.
    await assert.rejects(at.sim.server.wait(() => confirmed(id).length > 0, { withinMs: 150 }))
    assert.equal(draftsOf('keep this').length, 0)
    disk.resolve()
    await at.until('the receipt', () => confirmed(id).length > 0)
    assert.equal(draftsOf('keep this').length, 1)
  })

  it('comes again, and can be read again, when it could not be recorded', async () => {
    const line = await at.linked()
    let refusals = 0
    at.emits = async () => {
      refusals += 1
      throw new Error('the disk is full')
    }
    const id = await at.ann.says(at.own.number, 'do not lose me')
    assert.match((await at.is(line, 'retrying')).reason ?? '', /the disk is full/)
    await at.until('it to be tried again', () => refusals > 1)
    assert.deepEqual(confirmed(id), [])
    assert.ok(device().waiting.some((stanza) => stanza.id === id))
    at.emits = async () => {}
    await at.is(line, 'connected')
    await at.until('the receipt', () => confirmed(id).length > 0)
    assert.equal(draftsOf('do not lose me').length, 1)
    assert.equal(confirmed(id).filter(({ type }) => type === 'retry').length, 0)
    await at.until('WhatsApp to be done with it', () => device().waiting.length === 0)
  })

  it('that was confirmed does not come again after a restart; one that came meanwhile does', async () => {
    const line = await at.linked()
    const first = await at.ann.says(at.own.number, 'apricot')
    await at.until('its receipt', () => confirmed(first).length > 0)
    await line.stop()
    await at.ann.says(at.own.number, 'blueberry')
    const next = at.open()
    next.start()
    await at.until('the second', () => draftsOf('blueberry').length === 1)
    assert.equal(draftsOf('apricot').length, 1)
  })

  it('that arrives broken is asked for again, told as unreadable once, and then told whole', async () => {
    await at.linked()
    await at.ann.says(at.own.number, 'hello')
    await at.until('a session', () => draftsOf('hello').length === 1)
    at.drafts.length = 0
    at.sim.server.corruptsNext()
    const id = await at.ann.says(at.own.number, 'mangled')
    await at.until('the whole message', () => draftsOf('mangled').length === 1)
    assert.equal(confirmed(id).filter(({ type }) => type === 'retry').length, 1)
    assert.ok(at.drafts.length <= 2)
  })
})

describe('a receipt', () => {
  it('is recorded as well before WhatsApp is told, and comes again when it cannot be', async () => {
    const line = await at.linked()
    const sent = await line.send({
      id: 'msg_01K0000000000000000000000A',
      chat: line.address(at.ann.number),
      replyTo: null,
      content: { kind: 'text', text: 'have you read this?', previewUrl: false },
    })
    at.outgoing.set(sent.transportId, sentTo(line.address(at.ann.number), sent.transportId))
    await at.ann.hears(({ id }) => id === sent.transportId)
    let refusals = 0
    at.emits = async () => {
      refusals += 1
      throw new Error('the disk is full')
    }
    at.ann.reads(at.own.number, [sent.transportId])
    await at.until('a refusal', () => refusals > 0)
    at.emits = async () => {}
    await at.is(line, 'connected')
    await at.until('the receipt', () => at.drafts.find(({ type }) => type === 'message.read'))
  })
})

describe('a message without encryption', () => {
  it('is dropped, and WhatsApp does not bring it again', async () => {
    const line = await at.linked()
    const { lid } = at.ann
    const forged = Buffer.concat([Buffer.from([0x0a, 6]), Buffer.from('forged')])
    at.sim.server.sends(device(), {
      tag: 'message',
      attrs: { id: 'F0F0F0F0', from: lid, type: 'text', t: '1760000000', notify: 'Ann' },
      content: [{ tag: 'plaintext', attrs: {}, content: forged }],
    })
    await at.ann.says(at.own.number, 'genuine')
    await at.until('the genuine message', () => draftsOf('genuine').length === 1)
    assert.equal(at.drafts.length, 1)
    assert.equal(line.state().is, 'connected')
  })
})

describe('what is at hand of the keys', () => {
  const open = async (session: SessionStoreOf) => openAuth({ lib: await loadLibrary(), session, failed: () => {} })
  const sessionOf = (text: string) => Buffer.from(text) as unknown as Uint8Array
  const textOf = async ({ keys }: Auth) => {
    const { ann } = await keys.get('session', ['ann'])
    return ann && Buffer.from(ann).toString()
  }

  it('is never older than what is on disk, however much is written while it is read', async () => {
    const disk = sessionInMemory()
    const slow = Promise.withResolvers<void>()
    let reads = 0
    const auth = await open({
      ...disk,
      async get(type, ids) {
        reads += 1
        const found = await disk.get(type, ids)
        if (reads === 1) await slow.promise
        return found
      },
    })
    await (await open(disk)).keys.set({ session: { ann: sessionOf('old') } })
    const reading = textOf(auth)
    await auth.keys.set({ session: { ann: sessionOf('new') } })
    const others = Array.from({ length: 100 }, (_, index) => [`other${index}`, sessionOf('x')])
    await auth.keys.set({ session: Object.fromEntries(others) })
    slow.resolve()
    await reading
    assert.deepEqual([await textOf(auth), await textOf(auth), reads], ['new', 'new', 2])
  })

  it('is of one connection: the next one reads what is on disk', async () => {
    const disk = sessionInMemory()
    const auth = await open(disk)
    await auth.keys.set({ session: { ann: sessionOf('mine') } })
    await disk.wipe()
    assert.equal(await textOf(await open(disk)), undefined)
  })
})
