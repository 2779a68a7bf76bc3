// Brings a file to WhatsApp: read once to know its digests, and once more on its way; no copy of it is made.
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { request } from 'undici'
import { systemClock } from '../../../../kit/clock.ts'
import type { LocalFile } from '../../../transport.ts'
import type { WireFile } from '../../port.ts'
import type { Ways } from '../ways.ts'
import { encryptedSize, FileEncryption, type FileKind, fileKeys, uploadPath } from './keys.ts'

/** What WhatsApp says of where files go now. */
export interface MediaHosts {
  readonly auth: string
  readonly hosts: readonly { readonly hostname: string }[]
}

export interface UploadParts {
  readonly ways: Ways
  /** Asks WhatsApp, or answers what it said lately. */
  readonly hosts: (anew: boolean) => Promise<MediaHosts>
}

const UPLOAD_MS = 10 * 60_000
const ORIGIN = 'https://web.whatsapp.com'
const MOST_ANSWER = 64 * 1024

/** Fails with an Error: with `status` when the last host that was tried refused. */
export async function uploadFile(parts: UploadParts, kind: FileKind, file: LocalFile): Promise<WireFile> {
  const mediaKey = randomBytes(32)
  const encryption = new FileEncryption(fileKeys(mediaKey, kind))
  for await (const _ of encryption.encrypt(file.read()));
  const { fileSha256, fileEncSha256, fileLength } = encryption.digests()
  const body = () => Readable.from(new FileEncryption(fileKeys(mediaKey, kind)).encrypt(file.read()))
  const path = (auth: string) => {
    const name = fileEncSha256.toString('base64url')
    return `${uploadPath(kind)}/${name}?auth=${encodeURIComponent(auth)}&token=${name}`
  }
  const placed = await tryHosts(parts, { path, body, size: encryptedSize(fileLength) })
  return {
    ...placed,
    mediaKey: mediaKey.toString('base64'),
    fileEncSha256: fileEncSha256.toString('base64'),
    fileSha256: fileSha256.toString('base64'),
    fileLength,
    mediaKeyTimestamp: Math.floor(systemClock.now() / 1000),
  }
}

interface Parcel {
  readonly path: (auth: string) => string
  readonly body: () => Readable
  readonly size: number
}

type Placed = Pick<WireFile, 'url' | 'directPath'>

async function tryHosts({ ways, hosts }: UploadParts, parcel: Parcel): Promise<Placed> {
  let trouble: unknown = new Error('WhatsApp names no host for files that may be used')
  for (const anew of [false, true]) {
    const named = await hosts(anew)
    for (const { hostname } of named.hosts.filter((host) => ways.allows(host.hostname))) {
      try {
        return await post(ways, `https://${hostname}${parcel.path(named.auth)}`, parcel)
      } catch (error) {
        trouble = error
      }
    }
  }
  throw trouble
}

async function post(ways: Ways, url: string, { body, size }: Parcel): Promise<Placed> {
  const bytes = body()
  try {
    const answer = await request(url, {
      dispatcher: ways.files,
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size), origin: ORIGIN },
      body: bytes,
      signal: AbortSignal.timeout(UPLOAD_MS),
    })
    const text = await readShort(answer.body)
    if (answer.statusCode !== 200)
      throw Object.assign(new Error(`WhatsApp refused the file (HTTP ${answer.statusCode})`), {
        status: answer.statusCode,
      })
    return placeIn(text)
  } finally {
    bytes.destroy()
  }
}

async function readShort(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MOST_ANSWER) throw new Error('The answer to an upload is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function placeIn(text: string): Placed {
  const said: unknown = parsed(text)
  if (typeof said === 'object' && said !== null && 'direct_path' in said) {
    const url = 'url' in said ? said.url : ''
    if (typeof said.direct_path === 'string')
      return { url: typeof url === 'string' ? url : '', directPath: said.direct_path }
  }
  throw new Error('WhatsApp took the file and did not say where it is')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
