// WhatsApp's media hosts: takes uploads, gives files out (in ranges, too), and fails as it is told to.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { keepNewest } from '../bounds.ts'
import { makeCertificate } from './certificate.ts'
import { type MediaKind, sealMedia, sha256 } from './seal.ts'

/** What a sender writes into a message about a file. Times are seconds since the epoch, lengths bytes. */
export type Published = {
  url: string
  directPath: string
  mediaKey: Buffer
  fileLength: number
  fileSha256: Buffer
  fileEncSha256: Buffer
  mediaKeyTimestamp: number
}

/** One request that came: `bytes` were sent or taken, `status` was answered (0: cut off). */
export type MediaRequest = { method: string; path: string; range: string | null; status: number; bytes: number }

/** How the next requests of a kind go wrong. */
export type MediaTrouble = {
  of: 'download' | 'upload'
  /** A status is answered; `cut` breaks the connection off in the middle; `garble` gives other bytes than were kept. */
  how: number | 'cut' | 'garble'
  /** So many requests, then all is well again. */
  times: number
}

export type MediaStoreOptions = { host?: string; port?: number; maxBytes?: number }

export type MediaStore = {
  /** `127.0.0.1:1234`, as media_conn tells clients and messages carry it. */
  readonly host: string
  /** The certificate to be trusted for `host`, PEM. */
  readonly ca: string
  /** What uploads must carry, as media_conn tells it. */
  readonly auth: string
  /** Uploads above are refused with 413, bytes. */
  readonly maxBytes: number
  /** Encrypts a file and keeps it, as a phone does before it sends a message about it. */
  publish(plain: Uint8Array, kind: MediaKind): Published
  /** Keeps a file as it is (profile pictures are not encrypted); answers its address. */
  publishOpen(bytes: Uint8Array, contentType: string): { url: string; directPath: string }
  /** From now on the file is gone: 404, or 410. Fails with a sentence when there never was such a file. */
  expire(directPath: string, status?: 404 | 410): void
  /** The file of an expired or a living path under a new path, as when a phone brings it again. */
  renew(directPath: string): string
  /** The bytes that are kept under a path, encrypted as they were brought; undefined when there are none. */
  blob(directPath: string): Buffer | undefined
  fails(trouble: MediaTrouble): void
  /** The last thousand requests, oldest first. */
  requests(): MediaRequest[]
  close(): Promise<void>
}

type Kept = { bytes: Buffer; contentType: string; gone: 404 | 410 | null }
type World = {
  files: Map<string, Kept>
  troubles: MediaTrouble[]
  log: MediaRequest[]
  auth: string
  maxBytes: number
  address: () => string
}

const uploadPaths = ['/mms/image', '/mms/video', '/mms/document', '/mms/audio', '/mms/md-app-state', '/product/image']
const octets = 'application/octet-stream'
const logLength = 1000
/** Older files are gone (404), as they are at WhatsApp after some weeks. */
const mostFiles = 5000

/** Listens on loopback with a certificate of its own, see `ca`. Close it at the end. */
export async function startMediaStore(options: MediaStoreOptions = {}): Promise<MediaStore> {
  const { cert, key } = makeCertificate()
  const world: World = {
    ...{ files: new Map(), troubles: [], log: [], auth: randomBytes(24).toString('base64url') },
    maxBytes: options.maxBytes ?? 104_857_600,
    address: () => host,
  }
  const server = createServer({ cert, key }, (request, response) => {
    answer(world, request, response).catch(() => response.destroy())
  })
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const host = `${options.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`
  return {
    ...{ host, ca: cert, auth: world.auth, maxBytes: world.maxBytes },
    publish: (plain, kind) => publish(world, plain, kind),
    publishOpen(bytes, contentType) {
      const directPath = newPath('t61.24694-24', 'jpg')
      keep(world, directPath, Buffer.from(bytes), contentType)
      return { url: `https://${host}${directPath}`, directPath }
    },
    expire(directPath, status = 410) {
      need(world, directPath).gone = status
    },
    renew(directPath) {
      const { bytes, contentType } = need(world, directPath)
      const path = newPath('t62.7118-24', 'enc')
      keep(world, path, bytes, contentType)
      return path
    },
    blob: (directPath) => world.files.get(fileOf(directPath))?.bytes,
    fails: (trouble) => void world.troubles.push({ ...trouble }),
    requests: () => structuredClone(world.log),
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function publish(world: World, plain: Uint8Array, kind: MediaKind): Published {
  const { blob, ...hashes } = sealMedia(plain, kind)
  const directPath = newPath('t62.7118-24', 'enc')
  keep(world, directPath, blob, octets)
  return {
    ...hashes,
    ...{ url: `https://${world.address()}${directPath}&mms3=true`, directPath },
    ...{ fileLength: plain.length, mediaKeyTimestamp: Math.floor(Date.now() / 1000) },
  }
}

async function answer(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://media')
  const entry: MediaRequest = {
    ...{ method: request.method ?? '', path: url.pathname, range: request.headers.range ?? null, status: 0, bytes: 0 },
  }
  world.log.push(entry)
  if (world.log.length > logLength) world.log.shift()
  response.on('finish', () => {
    entry.status = response.statusCode
  })
  if (request.method === 'POST') return take(world, { url, entry }, request, response)
  if (request.method === 'GET' || request.method === 'HEAD') return give(world, { url, entry }, request, response)
  refuse(response, 405)
}

type Asked = { url: URL; entry: MediaRequest }

/** WhatsApp names an upload by the hash of its bytes, so that it sees what was damaged on the way. */
async function take(world: World, { url, entry }: Asked, request: IncomingMessage, response: ServerResponse) {
  const trouble = next(world, 'upload')
  if (trouble === 'cut') return void request.socket.destroy()
  const cut = url.pathname.lastIndexOf('/')
  const [folder, token] = [url.pathname.slice(0, cut), url.pathname.slice(cut + 1)]
  if (typeof trouble === 'number') return refuse(response, trouble)
  if (!uploadPaths.includes(folder)) return refuse(response, 404)
  if (url.searchParams.get('auth') !== world.auth) return refuse(response, 401)
  const bytes = await read(request, world.maxBytes)
  if (!bytes) return refuse(response, 413)
  entry.bytes = bytes.length
  const isWhole = sha256(bytes).toString('base64url') === token.replaceAll('=', '')
  if (!isWhole || url.searchParams.get('token') !== token) return refuse(response, 400)
  const directPath = newPath('t62.7119-24', 'enc')
  const kept = trouble === 'garble' ? garbled(bytes) : bytes
  keep(world, directPath, kept, octets)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ url: `https://${world.address()}${directPath}&mms3=true`, direct_path: directPath }))
}

function give(world: World, { url, entry }: Asked, request: IncomingMessage, response: ServerResponse) {
  const kept = world.files.get(url.pathname)
  const trouble = next(world, 'download')
  if (typeof trouble === 'number') return refuse(response, trouble)
  if (!kept) return refuse(response, 404)
  if (kept.gone) return refuse(response, kept.gone)
  const whole = trouble === 'garble' ? garbled(kept.bytes) : kept.bytes
  const part = partOf(whole.length, request.headers.range)
  if (!part) return refuse(response, 416)
  const bytes = whole.subarray(part.from, part.to)
  response.setHeader('content-type', kept.contentType)
  response.setHeader('content-length', bytes.length)
  response.setHeader('accept-ranges', 'bytes')
  if (request.headers.range !== undefined) {
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${part.from}-${part.to - 1}/${whole.length}`)
  }
  if (trouble === 'cut') {
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy())
    return
  }
  entry.bytes = request.method === 'HEAD' ? 0 : bytes.length
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** RFC 9110, 14.1.2, one range; an end beyond the file is the file's. */
function partOf(length: number, range: string | undefined): { from: number; to: number } | undefined {
  if (range === undefined) return { from: 0, to: length }
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (first === '' && last === '') return undefined
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const to = first === '' || last === '' ? length : Math.min(length, Number(last) + 1)
  return from < to ? { from, to } : undefined
}

async function read(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    const bytes = Buffer.from(part as Uint8Array)
    length += bytes.length
    if (length <= maxBytes) parts.push(bytes)
  }
  return length > maxBytes ? undefined : Buffer.concat(parts)
}

function next(world: World, of: MediaTrouble['of']): MediaTrouble['how'] | undefined {
  const trouble = world.troubles.find((each) => each.of === of && each.times > 0)
  if (!trouble) return undefined
  trouble.times -= 1
  return trouble.how
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${status}\n`)
}

function garbled(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  const at = bytes.length >> 1
  other[at] = (other[at] ?? 0) ^ 0xff
  return other
}

function keep(world: World, directPath: string, bytes: Buffer, contentType: string): void {
  keepNewest(world.files, [fileOf(directPath), { bytes, contentType, gone: null }], mostFiles)
}

function need(world: World, directPath: string): Kept {
  const kept = world.files.get(fileOf(directPath))
  if (!kept) throw new Error(`there is no file at ${directPath}`)
  return kept
}

const fileOf = (directPath: string): string => directPath.split('?')[0] ?? ''

/** Paths have a query, as at WhatsApp, which is part of the direct path: a client that drops it is wrong. */
function newPath(folder: string, ending: string): string {
  const name = randomBytes(16).readBigUInt64BE()
  return `/v/${folder}/${name}_n.${ending}?ccb=11-4&oh=01_${randomBytes(24).toString('base64url')}&oe=6B0E6A00&_nc_sid=5e03e0`
}
