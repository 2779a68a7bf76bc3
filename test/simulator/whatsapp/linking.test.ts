// Linking a device by QR code: the handshake, the signatures both ways, and what is refused.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { type BinaryNode, Curve, WA_CERT_DETAILS } from 'baileys'
import type { WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

let whatsapp: WhatsAppSimulator
const clients: Client[] = []
const begin = (): Client => {
  const client = createClient(whatsapp.url)
  clients.push(client)
  client.connect()
  return client
}
const qrOf = (client: Client): Promise<string> => client.until(() => client.qrs.at(-1), 'a QR code')
const phone = () => whatsapp.phone('15550000001', { name: 'Me' })

before(async () => {
  whatsapp = await startTrusted()
})
afterEach(() => {
  whatsapp.server.failsLinks(null)
  for (const client of clients.splice(0)) client.end()
})
after(async () => {
  await whatsapp.close()
  assert.equal(whatsapp.server.broken().length, 1, 'only the stranger broke the protocol')
})

describe('the handshake', () => {
  it('is refused by a client that believes in another root', async () => {
    const trusted = WA_CERT_DETAILS.PUBLIC_KEY
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.alloc(32, 9)
    const { code, text } = await begin().closed()
    WA_CERT_DETAILS.PUBLIC_KEY = trusted
    assert.equal(code, 400)
    assert.match(text, /intermediate certificate signature invalid/)
  })

  it('is not even begun with one who does not introduce himself as WhatsApp', async () => {
    const stranger = new WebSocket(whatsapp.url)
    const closed = Promise.withResolvers<void>()
    stranger.onclose = () => closed.resolve()
    stranger.onopen = () => stranger.send('GET / HTTP/1.1')
    await closed.promise
    assert.match(String(whatsapp.server.broken()[0]), /does not introduce itself/)
  })
})

describe('a device that is linked by a QR code', () => {
  it('is sent off to log in (515), knows both its names, and brings its keys', async () => {
    const client = begin()
    const device = await phone().scans(await qrOf(client))
    assert.equal((await client.closed()).code, 515)
    assert.equal(client.kept.creds.me?.id, '15550000001:1@s.whatsapp.net')
    assert.equal(client.kept.creds.me?.lid, device.lid)
    assert.equal(device.os, 'Mac OS')
    await loggedIn(whatsapp, phone(), client)
    const { keys } = await whatsapp.server.wait(() =>
      phone()
        .companions()
        .find((one) => one.keys > 0),
    )
    assert.equal(keys, 812)
    assert.deepEqual(whatsapp.server.unhandled(), [])
  })

  it('gets at its first login what was written before', async () => {
    const client = begin()
    const device = await phone().scans(await qrOf(client))
    const id = await whatsapp.phone('15551234567').says(phone().number, 'welcome')
    await client.closed()
    await loggedIn(whatsapp, phone(), client)
    const { message } = await client.until(() => client.messages.find(({ key }) => key.id === id), 'the message')
    assert.equal(message?.conversation, 'welcome')
    assert.equal(device.id, 2)
  })

  it('notices when somebody else than its account vouches for it', async () => {
    whatsapp.server.failsLinks({ kind: 'stranger' })
    const client = begin()
    const scanned = phone().scans(await qrOf(client))
    await assert.rejects(scanned, /went away instead of signing/)
    assert.match((await client.closed()).text, /Failed to verify account signature/)
    assert.equal(client.kept.creds.account, undefined)
  })

  it('is not taken with a signature that is not its own', async () => {
    const client = begin()
    const qr = await qrOf(client)
    client.kept.creds.signedIdentityKey.private = Curve.generateKeyPair().private
    await assert.rejects(phone().scans(qr), /signed wrongly/)
    assert.equal((await client.closed()).code, 401)
  })

  it('is not linked by another one’s code, by none, or by one that is too old', async () => {
    const client = begin()
    const qr = await qrOf(client)
    const [head, ref, ...keys] = qr.split(/[#,]/)
    const other = `${head}#${ref},${Buffer.alloc(32, 5).toString('base64')},${keys.slice(1).join(',')}`
    await assert.rejects(phone().scans(other), /another device/)
    await assert.rejects(phone().scans('https://example.com'), /no QR code of WhatsApp/)
    await assert.rejects(phone().scans(qr.replace(ref ?? '', 'AAAA')), /No device shows/)
    whatsapp.server.expiresQrs()
    await assert.rejects(phone().scans(qr), /too old/)
  })

  it('is refused when WhatsApp does not want the link', async () => {
    whatsapp.server.failsLinks({ kind: 'refuse', code: '403' })
    const client = begin()
    await assert.rejects(phone().scans(await qrOf(client)), /refused the link \(403\)/)
    assert.equal((await client.closed()).code, 403)
  })

  it('notices when the voucher is sealed with another secret than its own', async () => {
    whatsapp.server.failsLinks({ kind: 'secret' })
    const client = begin()
    await assert.rejects(phone().scans(await qrOf(client)), /went away instead of signing/)
    assert.match((await client.closed()).text, /Invalid account signature/)
    assert.equal(client.kept.creds.account, undefined)
  })

  it('is linked once, however often its code is scanned', async () => {
    const client = begin()
    const qr = await qrOf(client)
    const linked = phone().companions().length
    const [first, ...others] = await Promise.allSettled([
      phone().scans(qr),
      phone().scans(qr),
      whatsapp.phone('15559999999').scans(qr),
    ])
    assert.equal(first?.status, 'fulfilled')
    for (const other of others) assert.match(String(other.status === 'rejected' && other.reason), /scanned already/)
    assert.equal(phone().companions().length, linked + 1)
    await client.closed()
    await assert.rejects(phone().scans(qr), /No device shows|scanned already/)
  })

  it('is linked by a new secret after WhatsApp called the first one back, and by no other', async () => {
    whatsapp.server.failsLinks({ kind: 'refresh' })
    const client = begin()
    const qr = await qrOf(client)
    await assert.rejects(phone().scans(qr), /called the secret of this QR code back/)
    const isRefresh = ({ attrs }: BinaryNode) => attrs.type === 'companion_reg_refresh'
    await client.until(() => client.stanzas.find(isRefresh), 'the notice')
    await assert.rejects(phone().scans(qr), /called this QR code back/)
    const secret = randomBytes(32).toString('base64')
    const shown = qr.replace(client.kept.creds.advSecretKey, secret)
    client.kept.creds.advSecretKey = secret
    const device = await phone().scans(shown)
    assert.equal((await client.closed()).code, 515)
    assert.equal(device.linked, true)
  })
})

describe('the trust file', () => {
  it('says whom to believe, as the product reads it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trust-'))
    await whatsapp.writeTrust(join(folder, 'trust.json'))
    const trust = JSON.parse(await readFile(join(folder, 'trust.json'), 'utf8'))
    await rm(folder, { recursive: true })
    assert.equal(Buffer.from(trust.noise_root, 'base64').length, 32)
    assert.deepEqual(trust, whatsapp.trust)
  })
})

describe('QR codes', () => {
  it('are as many as there are lifetimes, and the stream ends with the last', async () => {
    const brief = await startTrusted({ qrLivesMs: [20, 20, 20] })
    const client = createClient(brief.url, { qrTimeout: 5000 })
    client.connect()
    await qrOf(client)
    const offer = client.stanzas.find(({ tag }) => tag === 'iq')
    assert.equal(JSON.stringify(offer).match(/"tag":"ref"/g)?.length, 3)
    assert.equal((await client.closed()).code, 408)
    await brief.close()
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(whatsapp.trust.noise_root, 'base64')
  })
})
