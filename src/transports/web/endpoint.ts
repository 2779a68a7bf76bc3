// Where WhatsApp is and whom to believe there, read from the settings.
import type { Endpoint } from './port.ts'

/** WhatsApp's own hosts for files. */
const MEDIA_HOSTS = ['*.whatsapp.net'] as const
const KEY_BYTES = 32

/**
 * `trust` is the parsed JSON of the file that `whatsapp_trust` names, null without one: `{ "noise_root": base64 of 32
 * bytes, "media_hosts": ["127.0.0.1:1234"], "media_ca": PEM or null }`. Fails with an Error that names what is wrong.
 */
export function readEndpoint(url: string, trust: unknown): Endpoint {
  if (!/^wss?:$/.test(URL.parse(url)?.protocol ?? '')) throw new Error('whatsapp_url: must be a ws or wss address')
  if (trust === null || trust === undefined) return { url, noiseRoot: null, mediaHosts: MEDIA_HOSTS, mediaCa: null }
  if (typeof trust !== 'object' || Array.isArray(trust)) throw wrong('must hold a JSON object')
  const { noise_root, media_hosts, media_ca }: Record<string, unknown> = { ...trust }
  return { url, noiseRoot: readKey(noise_root), mediaHosts: readHosts(media_hosts), mediaCa: readCa(media_ca) }
}

function readKey(value: unknown): Uint8Array | null {
  if (value === undefined || value === null) return null
  const key = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0)
  if (key.length !== KEY_BYTES || key.toString('base64') !== value)
    throw wrong(`noise_root must be ${KEY_BYTES} bytes in base64`)
  return key
}

function readHosts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return MEDIA_HOSTS
  const hosts: readonly unknown[] = Array.isArray(value) ? value : [null]
  const isHost = (host: unknown): host is string =>
    typeof host === 'string' && URL.parse(`https://${host.replace(/^\*\./, '')}`)?.pathname === '/'
  if (!hosts.every(isHost)) throw wrong('media_hosts must be a list of hosts, such as "127.0.0.1:1234"')
  return hosts
}

function readCa(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' || !value.includes('-----BEGIN CERTIFICATE-----'))
    throw wrong('media_ca must be a certificate in PEM')
  return value
}

function wrong(what: string): Error {
  return new Error(`whatsapp_trust: ${what}`)
}
