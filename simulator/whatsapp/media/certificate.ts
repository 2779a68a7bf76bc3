// Makes a certificate for loopback that lives as long as the process: Node can read X.509 but not write it.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** PEM texts of a server that names itself `localhost` and `127.0.0.1`, and of nobody else. */
export type Certificate = { cert: string; key: string }

const day = 86_400_000
const oid = {
  ecdsaWithSha256: Buffer.from('2a8648ce3d040302', 'hex'),
  commonName: Buffer.from('550403', 'hex'),
  subjectAltName: Buffer.from('551d11', 'hex'),
  basicConstraints: Buffer.from('551d13', 'hex'),
}

/**
 * A self-signed certificate (RFC 5280, P-256 with SHA-256), good from yesterday for a year. Its key is never written
 * anywhere, so that whoever trusts the certificate trusts this process alone.
 */
export function makeCertificate(now = Date.now()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId(oid.ecdsaWithSha256))
  const name = sequence(
    der(0x31, sequence(objectId(oid.commonName), der(0x0c, Buffer.from('A simulated WhatsApp, worthless')))),
  )
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(now - day), time(now + 365 * day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension(oid.basicConstraints, authority()), extension(oid.subjectAltName, loopback()))),
  )
  const signature = sign('sha256', body, privateKey)
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature))
  return { cert: pem(whole), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** It is its own authority, and no authority of others: a path length of 0. */
const authority = (): Buffer => sequence(der(0x01, Buffer.from([0xff])), integer(Buffer.from([0])))
const loopback = (): Buffer => sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))

const extension = (id: Buffer, value: Buffer): Buffer =>
  id === oid.basicConstraints
    ? sequence(objectId(id), der(0x01, Buffer.from([0xff])), der(0x04, value))
    : sequence(objectId(id), der(0x04, value))
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const objectId = (id: Buffer): Buffer => der(0x06, id)
const integer = (bytes: Buffer): Buffer => der(0x02, bytes)
/** UTCTime: two digits of the year, as RFC 5280 wants until 2049. */
const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
