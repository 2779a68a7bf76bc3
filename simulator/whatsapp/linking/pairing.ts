// Linking a device: the QR codes it is given to show, the phone that scans one, the signatures both ways, and the end.
import { randomBytes } from 'node:crypto'
import { Curve, proto } from 'baileys'
import { isVouchedFor, readQr, type Voucher, vouch } from '../phones/primary.ts'
import type { Account, Candidate, Companion } from '../state.ts'
import { isSignedBy } from '../wire/certificates.ts'
import type { Connection } from '../wire/connection.ts'
import { bytesOf, child, deviceAddress, numberOf, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { stamp, type World } from '../world.ts'
import { askPasskey } from './passkey.ts'

/** A client that is nobody yet gets one QR code's reference per lifetime. When the last has ended, so does the stream. */
export function offerLink(
  world: World,
  connection: Connection,
  { data, noiseKey }: Pick<Candidate, 'data' | 'noiseKey'>,
): void {
  const identity = Buffer.from(data.eIdent ?? [])
  const signed = Buffer.concat([Buffer.from([5]), data.eSkeyVal ?? Buffer.alloc(0)])
  if (!isSignedBy(identity, signed, data.eSkeySig)) {
    connection.fail('400')
    return
  }
  let until = world.now()
  const refs = world.qrLivesMs.map((livesMs) => {
    until += livesMs
    return { ref: randomBytes(24).toString('base64'), until }
  })
  const ends = setTimeout(() => connection.streamError({ code: '408' }), until - world.now())
  ends.unref()
  world.state.candidates.set(connection.id, { connection, data, noiseKey, refs, ends, ...fresh() })
  const parts = refs.map(({ ref }) => stanza('ref', {}, Buffer.from(ref)))
  const attrs = { from: SERVER, type: 'set', xmlns: 'md', id: `pair-${connection.id}` }
  // The client's answer says nothing; what counts is that a phone scans one of the codes.
  void connection.request(stanza('iq', attrs, [stanza('pair-device', {}, parts)]))
  world.news.tell('candidate', connection)
}

/** A device of which nothing is known but that it is there. */
const fresh = () => ({ taken: false, retired: null, passkey: null, code: null })

/** The account's phone scans a QR code. Resolves with the device once it has signed. Fails with why it is not linked. */
export async function scan(world: World, account: Account, text: string): Promise<Companion> {
  const code = readQr(text)
  const candidates = [...world.state.candidates.values()]
  const candidate = candidates.find(({ refs }) => refs.some(({ ref }) => ref === code.ref))
  if (!candidate) throw new Error('No device shows this QR code (any more)')
  const until = candidate.refs.find(({ ref }) => ref === code.ref)?.until ?? 0
  if (until < world.now()) throw new Error('This QR code is too old')
  if (!candidate.noiseKey.equals(code.noiseKey) || !code.identity.equals(candidate.data.eIdent ?? Buffer.alloc(0))) {
    throw new Error('This QR code is of another device')
  }
  if (candidate.taken) throw new Error('This QR code was scanned already')
  if (candidate.retired?.equals(code.advSecret)) throw new Error('WhatsApp called this QR code back')
  if (world.faults.linking?.kind === 'refresh' && !candidate.retired) return callBack(world, candidate, code.advSecret)
  return link(world, account, { candidate, advSecret: code.advSecret, isQr: true })
}

/** What links: the device that asked, and the secret that it shares with the phone. */
export type Link = {
  candidate: Candidate
  advSecret: Buffer
  /** True: it was in a QR code; else it came of a code of eight characters. */
  isQr?: boolean
}

/** Vouches for the device, has it sign, remembers it, and sends it off to log in (515). */
export async function link(world: World, account: Account, { candidate, advSecret, isQr }: Link): Promise<Companion> {
  const fault = world.faults.linking
  candidate.taken = true
  if (fault?.kind === 'refuse') return refuse(world, candidate, fault.code)
  if (fault?.kind === 'silent') return cameToNothing(world, candidate)
  if (fault?.kind !== 'passkey') return join(world, account, { candidate, advSecret })
  const secret = await askPasskey(world, candidate, { account, oldSecret: isQr ? advSecret : null }).catch(
    (error: Error) => {
      world.news.tell('refused', error.message)
      throw error
    },
  )
  return join(world, account, { candidate, advSecret: secret })
}

async function join(world: World, account: Account, { candidate, advSecret }: Link): Promise<Companion> {
  const { connection, data } = candidate
  const kind = world.faults.linking?.kind
  const index = Math.max(0, ...account.companions.keys()) + 1
  const identity = Buffer.from(data.eIdent ?? [])
  const own = account.device.creds.signedIdentityKey
  const signer = kind === 'stranger' ? { public: own.public, private: Curve.generateKeyPair().private } : own
  const voucher = vouch(signer, { identity, advSecret: kind === 'secret' ? randomBytes(32) : advSecret, index })
  const names = { jid: deviceAddress(account.pn, index), lid: deviceAddress(account.lid, index) }
  const reply = await answered(world, connection, [
    stanza('device-identity', {}, Buffer.from(voucher.blob)),
    stanza('platform', { name: 'android' }),
    stanza('device', names),
  ])
  const signed = bytesOf(child(child(reply, 'pair-device-sign'), 'device-identity'))
  const deviceIdentity = completed(signed, { voucher, identity, account: own.public })
  if (!deviceIdentity) return refuse(world, candidate, '401', 'The device signed wrongly')
  const companion = createCompanion(account, { candidate, index, deviceIdentity })
  account.companions.set(index, companion)
  world.news.tell('linked', companion)
  connection.streamError({ code: '515' })
  return companion
}

/** Sends pair-success; resolves with the answer, and fails when the device goes away instead. */
async function answered(world: World, connection: Connection, parts: Stanza[]): Promise<Stanza> {
  const attrs = { from: SERVER, type: 'set', xmlns: 'md', id: `linked-${connection.id}`, t: stamp(world) }
  const reply = connection.request(stanza('iq', attrs, [stanza('pair-success', {}, parts)]))
  const gone = world.news.wait(() => !connection.isOpen(), { what: 'An answer of the device to be linked' })
  const first = await Promise.race([reply, gone])
  if (first === true) {
    const why = 'The device went away instead of signing'
    world.news.tell('refused', why)
    throw new Error(why)
  }
  return first
}

type Check = { voucher: Voucher; identity: Buffer; account: Uint8Array }

/**
 * What the device signed, with the account's key in it, as it is shown to others from now on; undefined when it changed
 * what the phone said or its signature does not hold.
 */
function completed(signed: Buffer, { voucher, identity, account }: Check): Buffer | undefined {
  const said = proto.ADVSignedDeviceIdentity.decode(signed)
  const isOurs =
    Buffer.from(voucher.details).equals(said.details ?? Buffer.alloc(0)) &&
    Buffer.from(voucher.accountSignature).equals(said.accountSignature ?? Buffer.alloc(0))
  if (!isOurs || !isVouchedFor(signed, identity, account)) return undefined
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode({ ...said, accountSignatureKey: account }).finish())
}

type Linked = { candidate: Candidate; index: number; deviceIdentity: Buffer }

function createCompanion(account: Account, { candidate, index, deviceIdentity }: Linked): Companion {
  const { data, noiseKey } = candidate
  const signed = { id: numberOf(data.eSkeyId ?? Buffer.alloc(0)), key: Buffer.from(data.eSkeyVal ?? []) }
  return {
    id: index,
    account,
    noiseKey,
    identity: Buffer.from(data.eIdent ?? []),
    registrationId: numberOf(data.eRegid ?? Buffer.alloc(0)),
    signed: { ...signed, signature: Buffer.from(data.eSkeySig ?? []) },
    oneTime: [],
    deviceIdentity,
    os: proto.DeviceProps.decode(data.deviceProps ?? Buffer.alloc(0)).os ?? '',
    removed: false,
    connection: null,
    active: false,
    pending: new Map(),
  }
}

function refuse(world: World, candidate: Candidate, code: string, why = `WhatsApp refused the link (${code})`): never {
  candidate.connection.streamError({ code })
  world.news.tell('refused', why)
  throw new Error(why)
}

/** WhatsApp wants the device to show another secret than the one in the QR code that was scanned. */
function callBack(world: World, candidate: Candidate, secret: Buffer): never {
  candidate.retired = secret
  const attrs = {
    from: SERVER,
    type: 'companion_reg_refresh',
    id: `refresh-${candidate.connection.id}`,
    t: stamp(world),
  }
  candidate.connection.send(stanza('notification', attrs, [stanza('companion_reg_refresh')]))
  const why = 'WhatsApp called the secret of this QR code back'
  world.news.tell('refused', why)
  throw new Error(why)
}

/** As when WhatsApp takes a code and never goes on: the device waits until its codes have ended, the phone says that it could not link. */
async function cameToNothing(world: World, candidate: Candidate): Promise<never> {
  await world.news.wait(() => !candidate.connection.isOpen(), { what: 'The end of the link', withinMs: 600_000 })
  const why = 'WhatsApp could not link the device'
  world.news.tell('refused', why)
  throw new Error(why)
}
