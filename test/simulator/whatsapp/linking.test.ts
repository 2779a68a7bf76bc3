// Linking a device by QR code: the handshake, the signatures both ways, and what is refused.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { WA_CERT_DETAILS } from 'baileys'
import type { WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

describe('a device that is linked by a QR code', () => {
  let whatsapp: WhatsAppSimulator
  const clients: Client[] = []
  const newClient = (): Client => {
    const client = createClient(whatsapp.url)
    clients.push(client)
    return client
  }
  before(async () => {
    whatsapp = await startTrusted()
  })
  after(async () => {
    for (const client of clients) client.end()
    await whatsapp.close()
  })

  it('refuses a server whose certificates end in another root', async () => {
    const trusted = WA_CERT_DETAILS.PUBLIC_KEY
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.alloc(32, 9)
    const client = newClient()
    client.connect()
    const { code, text } = await client.closed()
    WA_CERT_DETAILS.PUBLIC_KEY = trusted
    assert.equal(code, 400)
    assert.match(text, /intermediate certificate signature invalid/)
  })

  it('is sent off to log in (515) and knows both its names', async () => {
    const phone = whatsapp.phone('15550000001', { name: 'Me' })
    const client = newClient()
    client.connect()
    const device = await phone.scans(await client.until(() => client.qrs.at(-1), 'a QR code'))
    assert.equal((await client.closed()).code, 515)
    assert.equal(client.kept.creds.me?.id, '15550000001:1@s.whatsapp.net')
    assert.equal(client.kept.creds.me?.lid, device.lid)
    assert.equal(device.os, 'Mac OS')
    await loggedIn(whatsapp, phone, client)
    const { keys } = await whatsapp.server.wait(() => phone.companions().find(({ keys }) => keys > 0))
    assert.equal(keys, 812)
  })
})
