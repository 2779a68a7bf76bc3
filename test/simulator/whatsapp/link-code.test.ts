// Linking a device by eight characters that are typed into the phone.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { BinaryNode } from 'baileys'
import type { WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

describe('a device that is linked by a code', () => {
  let whatsapp: WhatsAppSimulator
  const clients: Client[] = []
  const begin = async (): Promise<Client> => {
    const client = createClient(whatsapp.url)
    clients.push(client)
    client.connect()
    await client.until(() => client.qrs.at(-1), 'a QR code')
    return client
  }
  before(async () => {
    whatsapp = await startTrusted()
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.end()
  })
  after(async () => {
    await whatsapp.close()
    assert.deepEqual(whatsapp.server.broken(), [])
    assert.deepEqual(whatsapp.server.unhandled(), [])
  })

  it('logs in, gets messages, and logs itself out', async () => {
    const bob = whatsapp.phone('15557654321')
    const alice = whatsapp.phone('15551234567')
    const client = await begin()
    const code = await client.socket().requestPairingCode(bob.number)
    const device = await bob.enters(code)
    assert.equal(device.jid, '15557654321:1@s.whatsapp.net')
    assert.equal((await client.closed()).code, 515)
    await loggedIn(whatsapp, bob, client)
    const id = await alice.says(bob.number, 'to bob')
    const message = await client.until(() => client.messages.find(({ key }) => key.id === id), 'the message')
    assert.equal(message.message?.conversation, 'to bob')
    await client.socket().logout()
    await whatsapp.server.wait(() => bob.companions().length === 0)
  })

  it('is not linked by another code', async () => {
    const carol = whatsapp.phone('15557654322')
    const client = await begin()
    await client.socket().requestPairingCode(carol.number, 'ABCDEFGH')
    await assert.rejects(carol.enters('HGFEDCBA'), /code is another one/)
    assert.deepEqual(carol.companions(), [])
  })

  it('is refused when it asks for a number that is not on WhatsApp', async () => {
    const client = await begin()
    await client.socket().requestPairingCode('19998887777')
    const refused = ({ tag, attrs }: { tag: string; attrs: Record<string, string> }) =>
      tag === 'iq' && attrs.type === 'error'
    await client.until(() => client.stanzas.find(refused), 'the refusal')
  })

  it('is asked for a passkey, too', async () => {
    whatsapp.server.failsLinks({ kind: 'passkey' })
    const dave = whatsapp.phone('15557654323')
    const client = await begin()
    const code = await client.socket().requestPairingCode(dave.number)
    const entered = assert.rejects(dave.enters(code), /went away instead of showing a passkey/)
    const isAsked = ({ attrs }: BinaryNode) => attrs.type === 'passkey_prologue_request'
    await client.until(() => client.stanzas.find(isAsked), 'the question')
    assert.deepEqual(client.closes, [])
    client.end()
    await entered
    whatsapp.server.failsLinks(null)
  })

  it('cannot finish the same link twice, and waits in vain when WhatsApp goes no further', async () => {
    const erin = whatsapp.phone('15557654324')
    const client = await begin()
    const code = await client.socket().requestPairingCode(erin.number)
    const finishes: BinaryNode[] = []
    const stop = whatsapp.server.on('heard', (what) => {
      if (JSON.stringify(what).includes('companion_finish')) finishes.push(what)
    })
    whatsapp.server.failsLinks({ kind: 'silent' })
    const entered = assert.rejects(erin.enters(code), /could not link|went away/)
    await whatsapp.server.wait(() => finishes.length > 0)
    stop()
    const [finish] = finishes
    assert.ok(finish)
    whatsapp.server.failsLinks(null)
    const again = client.socket().query({ ...finish, attrs: { ...finish.attrs, id: 'again' } })
    await assert.rejects(again, /bad-request/)
    client.end()
    await entered
    assert.deepEqual(erin.companions(), [])
  })

  it('is refused when codes are asked for too often', async () => {
    whatsapp.server.limits('codes', { count: 1, withinMs: 60_000 })
    const frank = whatsapp.phone('15557654325')
    const client = await begin()
    await client.socket().requestPairingCode(frank.number)
    await client.socket().requestPairingCode(frank.number)
    await client.until(
      () => client.stanzas.find((each) => JSON.stringify(each).includes('rate-overlimit')),
      'a refusal',
    )
    whatsapp.server.limits('codes', null)
  })
})
