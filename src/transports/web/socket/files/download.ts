// Fetches a file that came in: from WhatsApp's own hosts by the path in the message, and verified while it passes.
import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { request } from 'undici'
import type { WireContent } from '../../port.ts'
import type { Ways } from '../ways.ts'
import { encryptedSize, type FileKind, fileKeys, MAC_BYTES } from './keys.ts'
import type { MediaHosts } from './upload.ts'

/** Where a message carries a file, and under which names its keys are expanded. */
const FIELDS: Readonly<Record<string, FileKind>> = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
}

/** What a message says of its file. */
interface Described {
  readonly kind: FileKind
  readonly path: string
  readonly mediaKey: Uint8Array
  readonly fileEncSha256: Uint8Array
  readonly fileSha256: Uint8Array | null
  readonly fileLength: number | null
}

export interface DownloadParts {
  readonly ways: Ways
  readonly hosts: () => Promise<MediaHosts>
}

const STALL_MS = 60_000
const ORIGIN = 'https://web.whatsapp.com'
const MOST_NESTED = 5

/**
 * The bytes of the file, decrypted. Nothing is asked of the address that the sender wrote. Fails with an Error: with
 * `status` when the host refused (404 and 410: it is gone, `Socket.renew` may help), and when a digest is wrong.
 */
export async function* downloadFile(parts: DownloadParts, content: WireContent): AsyncGenerator<Uint8Array> {
  const file = describe(content)
  const { hosts } = await parts.hosts()
  const host = hosts.map(({ hostname }) => hostname).find((name) => parts.ways.allows(name))
  if (host === undefined) throw new Error('WhatsApp names no host for files that may be used')
  const answer = await request(placeOf(host, file.path), {
    dispatcher: parts.ways.files,
    headers: { origin: ORIGIN },
    bodyTimeout: STALL_MS,
    headersTimeout: STALL_MS,
  })
  if (answer.statusCode !== 200) {
    // A body that is given up fails, and a failure that nobody hears ends the process.
    answer.body.on('error', () => {}).destroy()
    const text = `WhatsApp does not hand out the file (HTTP ${answer.statusCode})`
    throw Object.assign(new Error(text), { status: answer.statusCode })
  }
  try {
    yield* decrypt(answer.body, file)
  } finally {
    answer.body.destroy()
  }
}

/** The path joined to the host; a path that would lead to another one is refused. */
export function placeOf(host: string, path: string): string {
  const url = /^\/[^/\\]/.test(path) ? URL.parse(path, `https://${host}`) : null
  if (url === null || url.host !== host || url.protocol !== 'https:') throw new Error('The path of the file is none')
  return url.href
}

async function* decrypt(encrypted: AsyncIterable<Uint8Array>, file: Described): AsyncGenerator<Uint8Array> {
  const keys = fileKeys(file.mediaKey, file.kind)
  const cipher = createDecipheriv('aes-256-cbc', keys.cipher, keys.iv)
  const mac = createHmac('sha256', keys.mac).update(keys.iv)
  const [whole, plain] = [createHash('sha256'), createHash('sha256')]
  const most = file.fileLength === null ? Number.POSITIVE_INFINITY : encryptedSize(file.fileLength)
  let held: Uint8Array = new Uint8Array()
  let size = 0
  for await (const chunk of encrypted) {
    size += chunk.length
    if (size > most) throw new Error('The file is longer than its message says')
    whole.update(chunk)
    // The last bytes are the MAC, and nobody knows yet which are the last.
    const both = Buffer.concat([held, chunk])
    const ready = both.subarray(0, Math.max(0, both.length - MAC_BYTES))
    held = both.subarray(ready.length)
    mac.update(ready)
    const part = cipher.update(ready)
    plain.update(part)
    if (part.length > 0) yield part
  }
  verify(mac.digest().subarray(0, MAC_BYTES), held, 'MAC')
  verify(whole.digest(), file.fileEncSha256, 'SHA-256 of the encrypted bytes')
  const last = cipher.final()
  plain.update(last)
  if (file.fileSha256 !== null) verify(plain.digest(), file.fileSha256, 'SHA-256')
  if (last.length > 0) yield last
}

function verify(found: Uint8Array, told: Uint8Array, what: string): void {
  if (found.length !== told.length || !timingSafeEqual(found, told)) throw new Error(`The file has a wrong ${what}`)
}

function describe(content: WireContent): Described {
  const found = fieldIn(content, 0)
  if (found === null) throw new Error('The message carries no file')
  const { kind, value } = found
  const bytes = (name: string) => (value[name] instanceof Uint8Array && value[name].length > 0 ? value[name] : null)
  const [mediaKey, fileEncSha256] = [bytes('mediaKey'), bytes('fileEncSha256')]
  if (typeof value.directPath !== 'string' || mediaKey === null || fileEncSha256 === null)
    throw new Error('The message does not say where its file is, or how to read it')
  return {
    kind,
    path: value.directPath,
    mediaKey,
    fileEncSha256,
    fileSha256: bytes('fileSha256'),
    fileLength: typeof value.fileLength === 'number' && value.fileLength > 0 ? value.fileLength : null,
  }
}

type Plain = Readonly<Record<string, unknown>>

/** Looks into what messages are wrapped in (disappearing, to be seen once, documents with a caption) as well. */
function fieldIn(content: Plain, depth: number): { readonly kind: FileKind; readonly value: Plain } | null {
  for (const [name, value] of Object.entries(content)) {
    if (!isPlain(value)) continue
    const kind = FIELDS[name]
    if (kind !== undefined) return { kind, value }
    const inner = depth < MOST_NESTED && isPlain(value.message) ? fieldIn(value.message, depth + 1) : null
    if (inner !== null) return inner
  }
  return null
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}
