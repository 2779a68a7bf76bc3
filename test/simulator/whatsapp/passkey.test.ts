// Linking that WhatsApp wants confirmed with a passkey: a device that has a browser for it, and devices that do something wrong.
import assert from 'node:assert/strict'
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { after, afterEach, before, describe, it } from 'node:test'
import { type BinaryNode, Curve, hkdf, proto } from 'baileys'
import type { Phone, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { bytesIn } from '../../../simulator/whatsapp/wire/stanza.ts'
import { type Client, createClient, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

let whatsapp: WhatsAppSimulator
let me: Phone
const clients: Client[] = []
before(async () => {
  whatsapp = await startTrusted()
  me = whatsapp.phone('15550000001', { name: 'Me' })
  whatsapp.server.failsLinks({ kind: 'passkey' })
})
afterEach(() => {
  for (const client of clients.splice(0)) client.end()
})
after(async () => {
  await whatsapp.close()
  assert.deepEqual(whatsapp.server.broken(), [])
})

/** A device whose code was scanned, and that is asked for a passkey now. */
async function asked() {
  const client = createClient(whatsapp.url)
  clients.push(client)
  client.connect()
  const linked = me.scans(await client.until(() => client.qrs.at(-1), 'a QR code'))
  linked.catch(() => {})
  const question = await noticed(client, 'passkey_prologue_request')
  return { client, linked, options: bytesIn(question, 'passkey_request_options').toString() }
}

const noticed = (client: Client, type: string) =>
  client.until(() => client.stanzas.find(({ attrs }) => attrs.type === type), type)

const tell = (client: Client, type: 'get' | 'set', tag: string, content?: BinaryNode['content']) =>
  client.socket().query({
    tag: 'iq',
    attrs: { xmlns: 'md', type, to: 's.whatsapp.net' },
    content: [{ tag, attrs: {}, ...(content === undefined ? {} : { content }) }],
  })

const digest = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** The first half: the passkey's word, and the commitment. What is changed in `change` is wrong. */
async function prologue(client: Client, assertion: string, change: { proof?: Buffer; hash?: Buffer } = {}) {
  const ref = bytesIn(await tell(client, 'get', 'ref'), 'ref').toString()
  const [own, nonce] = [Curve.generateKeyPair(), randomBytes(32)]
  const deviceType = proto.DeviceProps.PlatformType.CHROME
  const identity = proto.CompanionEphemeralIdentity.encode({ publicKey: own.public, deviceType, ref }).finish()
  const hash = change.hash ?? digest(identity, nonce)
  const payload = proto.ProloguePayload.encode({ companionEphemeralIdentity: identity, commitment: { hash } }).finish()
  const secret = Buffer.from(client.kept.creds.advSecretKey, 'base64')
  const key = hkdf(secret, 32, { info: 'shortcake-passkey-handoff-v1' })
  await tell(client, 'set', 'passkey_prologue', [
    { tag: 'credential_id', attrs: {}, content: Buffer.from(JSON.parse(assertion).rawId, 'base64url') },
    { tag: 'webauthn_assertion', attrs: {}, content: Buffer.from(assertion) },
    { tag: 'prologue_payload', attrs: {}, content: payload },
    {
      tag: 'pairing_handoff_proof',
      attrs: {},
      content: change.proof ?? createHmac('sha256', key).update(payload).digest(),
    },
  ])
  return { own, nonce, ref, deviceType }
}

/** The second half: the device opens its commitment, and hands its keys and a new secret over. */
async function handOver(client: Client, { own, nonce, ref, deviceType }: Awaited<ReturnType<typeof prologue>>) {
  const { publicKey } = proto.PrimaryEphemeralIdentity.decode(
    bytesIn(await noticed(client, 'crsc_continuation'), 'primary_ephemeral_identity'),
  )
  await tell(client, 'set', 'companion_nonce', nonce)
  const salt = Buffer.from(`Companion Pairing ${deviceType} with ref ${ref}`)
  const shared = Curve.sharedKey(own.private, publicKey!)
  const key = hkdf(shared, 32, { salt, info: 'Pairing Information Encryption Key' })
  const { creds } = client.kept
  const advSecret = randomBytes(32)
  const request = proto.PairingRequest.encode({
    companionPublicKey: creds.noiseKey.public,
    companionIdentityKey: creds.signedIdentityKey.public,
    advSecret,
  }).finish()
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const encryptedPayload = Buffer.concat([cipher.update(request), cipher.final(), cipher.getAuthTag()])
  creds.advSecretKey = advSecret.toString('base64')
  await tell(
    client,
    'set',
    'encrypted_pairing_request',
    proto.EncryptedPairingRequest.encode({ encryptedPayload, iv }).finish(),
  )
}

describe('a device that is asked for a passkey', () => {
  it('is linked when it shows one, and logs in', async () => {
    const { client, linked, options } = await asked()
    assert.equal(JSON.parse(options).rpId, 'whatsapp.com')
    await handOver(client, await prologue(client, me.showsPasskey(options)))
    assert.equal((await linked).linked, true)
    assert.equal((await client.closed()).code, 515)
    await loggedIn(whatsapp, me, client)
  })

  it('is not linked by another account’s passkey, for another challenge, or with a proof that does not hold', async () => {
    const { client, linked, options } = await asked()
    const other = whatsapp.phone('15551234567').showsPasskey(options)
    await assert.rejects(prologue(client, other), /bad-request/)
    const stale = me.showsPasskey(JSON.stringify({ ...JSON.parse(options), challenge: 'c3RhbGU' }))
    await assert.rejects(prologue(client, stale), /bad-request/)
    await assert.rejects(prologue(client, me.showsPasskey(options), { proof: Buffer.alloc(32) }), /bad-request/)
    client.end()
    await assert.rejects(linked, /went away instead of showing a passkey/)
  })

  it('has to open the commitment that it made', async () => {
    const { client, linked, options } = await asked()
    const begun = await prologue(client, me.showsPasskey(options), { hash: randomBytes(32) })
    await assert.rejects(handOver(client, begun), /bad-request/)
    client.end()
    await assert.rejects(linked, /went away/)
  })

  it('waits until its codes have ended (408) when it shows none', async () => {
    const brief = await startTrusted({ qrLivesMs: [300] })
    brief.server.failsLinks({ kind: 'passkey' })
    const client = createClient(brief.url, { qrTimeout: 5000 })
    clients.push(client)
    client.connect()
    const scanned = brief.phone('15550000001').scans(await client.until(() => client.qrs.at(-1), 'a QR code'))
    await assert.rejects(scanned, /went away instead of showing a passkey/)
    assert.equal((await client.closed()).code, 408)
    await brief.close()
  })
})
