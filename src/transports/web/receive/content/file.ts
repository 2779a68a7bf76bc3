// Messages with a file: what is told of it, and what is needed to fetch it.
import type { Envelope, WireContent } from '../../port.ts'
import { asBytes, asNumber, asObject, asText, isObject, present, type Wire } from '../values.ts'
import type { FileSaid, Told } from './said.ts'

/** Fields that fetching and fetching again need. Not `url`: its host is the sender's choice. */
const SOURCE_FIELDS = ['mimetype', 'directPath', 'mediaKey', 'fileEncSha256', 'fileSha256', 'fileLength'] as const

export const FILE_READERS: Readonly<Record<string, (value: Wire) => Told>> = {
  imageMessage: (value) => fileTold('image', 'imageMessage', value, { caption: asText(value.caption) }),
  videoMessage: (value) =>
    fileTold('video', 'videoMessage', value, {
      caption: asText(value.caption),
      gif: value.gifPlayback === true ? true : null,
    }),
  // A round one, recorded on the spot.
  ptvMessage: (value) => fileTold('video', 'ptvMessage', value, { note: true }),
  audioMessage: (value) => fileTold('audio', 'audioMessage', value, { voice: value.ptt === true }),
  documentMessage: (value) =>
    fileTold('document', 'documentMessage', value, {
      filename: asText(value.fileName) ?? asText(value.title),
      caption: asText(value.caption),
    }),
  stickerMessage: (value) =>
    fileTold('sticker', 'stickerMessage', value, { animated: value.isAnimated === true || value.isLottie === true }),
}

function fileTold(type: string, key: string, value: Wire, body: Wire): Told {
  const filename = type === 'document' ? (asText(value.fileName) ?? asText(value.title)) : null
  return { type, body: present(body), file: fileOf(key, value, filename) }
}

function fileOf(key: string, value: Wire, filename: string | null): FileSaid {
  const size = asNumber(value.fileLength)
  const sha256 = asBytes(value.fileSha256)
  const source = isFetchable(value)
    ? { [key]: { ...pick(value), fileLength: size, mediaKeyTimestamp: asNumber(value.mediaKeyTimestamp) } }
    : null
  return {
    mimeType: asText(value.mimetype),
    size: size !== null && Number.isSafeInteger(size) && size >= 0 ? size : null,
    sha256: sha256?.length === 32 ? sha256 : null,
    filename,
    source,
  }
}

/** The path is put behind a host of ours: one that is no path could name another host. */
function isFetchable(value: Wire): boolean {
  const path = asText(value.directPath)
  return path !== null && /^\/(?![/\\])[\x21-\x7e]{0,2000}$/.test(path) && asBytes(value.mediaKey)?.length === 32
}

function pick(value: Wire): Wire {
  return Object.fromEntries(SOURCE_FIELDS.map((field) => [field, value[field]]))
}

/** What `Line.fetchMedia` is given later, as JSON text. It holds the file's key: never part of an event. */
export function writeMediaRef(envelope: Envelope, source: Wire): string {
  const [entry] = Object.entries(source)
  const [key, value] = entry ?? ['', {}]
  const fields = Object.entries(asObject(value)).filter(([, field]) => field !== null && field !== undefined)
  const plain = fields.map(([name, field]) => [name, isBytesField(name) ? { base64: base64(field) } : field])
  return JSON.stringify({ v: 1, envelope, content: { [key]: Object.fromEntries(plain) } })
}

/** Reads it back: the envelope, and content that the library can download. Null for what is none of ours. */
export function readMediaRef(ref: string): { readonly envelope: Envelope; readonly content: WireContent } | null {
  try {
    const { v, envelope, content } = asObject(JSON.parse(ref))
    const [entry] = Object.entries(asObject(content))
    if (v !== 1 || entry === undefined || !isEnvelope(envelope)) return null
    const fields = Object.entries(asObject(entry[1])).map(([name, field]) => {
      const text = isObject(field) ? asText(field.base64) : null
      return [name, text === null ? field : new Uint8Array(Buffer.from(text, 'base64'))]
    })
    return { envelope, content: { [entry[0]]: Object.fromEntries(fields) } }
  } catch {
    return null
  }
}

function isBytesField(name: string): boolean {
  return name === 'mediaKey' || name === 'fileEncSha256' || name === 'fileSha256'
}

function base64(value: unknown): string {
  return Buffer.from(asBytes(value) ?? []).toString('base64')
}

function isEnvelope(value: unknown): value is Envelope {
  return isObject(value) && asText(value.id) !== null && asText(value.chat) !== null && asText(value.from) !== null
}
