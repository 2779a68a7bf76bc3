// Sends messages and asks questions over an open connection, in the library's words.
import type { AnyMessageContent, WAMessage, WASocket } from 'baileys'
import type { Envelope, WireContent, WireFile, WireSend } from '../port.ts'
import { keyOf, plainContent } from './envelope.ts'
import type { Library } from './library.ts'
import type { Repairs } from './repairs/repairs.ts'

const FILES = ['image', 'video', 'audio', 'document', 'sticker'] as const
const RENEW_MS = 30_000

type Around = ReturnType<Repairs['with']>['send']

/** Writes a message out by `around`; answers its content as it went. */
export async function sendMessage(
  { lib, sock, around }: { readonly lib: Library; readonly sock: WASocket; readonly around: Around },
  message: WireSend,
): Promise<WireContent> {
  const { id, to, quoted, expiresInS } = message
  const { content, file } = withFile(lib, message.content)
  const options = {
    messageId: id,
    ...(quoted === null ? null : { quoted: messageOf(lib, quoted.envelope, quoted.content) }),
    ...(expiresInS === null ? null : { ephemeralExpiration: expiresInS }),
    // The library takes a file that was brought before from its cache, and would else bring it again.
    ...(file === null ? null : { mediaCache: { get: <T>() => file as T, set() {}, del() {}, flushAll() {} } }),
  }
  const sent = await around(message, () => sock.sendMessage(to, content as AnyMessageContent, options))
  if (!sent?.message) throw new Error('The library wrote no message')
  return plainContent(lib, lib.proto.Message.create(sent.message))
}

/** The content as the library takes it, and apart from it the description of the file that it carries. */
function withFile(lib: Library, content: WireSend['content']) {
  const kind = FILES.find((name) => name in content)
  // No address in a text is looked up: that would go out from here to wherever somebody wants.
  if (kind === undefined)
    return { content: 'text' in content ? { ...content, linkPreview: null } : content, file: null }
  const file = content[kind] as WireFile
  const bytes = (text: string) => Buffer.from(text, 'base64')
  const described = {
    url: file.url,
    directPath: file.directPath,
    mediaKey: bytes(file.mediaKey),
    fileEncSha256: bytes(file.fileEncSha256),
    fileSha256: bytes(file.fileSha256),
    fileLength: file.fileLength,
    mediaKeyTimestamp: file.mediaKeyTimestamp,
  }
  const message = lib.proto.Message.fromObject({ [`${kind}Message`]: described })
  return {
    content: { ...content, [kind]: { url: file.directPath } },
    file: lib.proto.Message.encode(message).finish(),
  }
}

/** A message of somebody, as the library keeps them. */
export function messageOf(lib: Library, envelope: Envelope, content: WireContent): WAMessage {
  return {
    key: keyOf(envelope),
    message: lib.proto.Message.fromObject({ ...content }),
    messageTimestamp: Math.floor(envelope.at / 1000),
  }
}

/** Asks the phone of the sender to bring a file again; the content with its new place. */
export async function renewFile(lib: Library, sock: WASocket, asked: WAMessage): Promise<WireContent> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error("The sender's phone did not bring the file again")), RENEW_MS)
  try {
    const renewed = await Promise.race([sock.updateMediaMessage(asked), late.promise])
    return plainContent(lib, lib.proto.Message.create(renewed.message ?? {}))
  } finally {
    clearTimeout(timer)
  }
}

/** Digits to the jid of those that are on WhatsApp: asked one by one, since an answer does not say what was asked. */
export async function findOnWhatsApp(sock: WASocket, phones: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const phone of phones) {
    const first = (await sock.onWhatsApp(phone))?.[0]
    if (first?.exists) found.set(phone, first.jid)
  }
  return found
}

/** Resolves when WhatsApp answered, whatever it said. */
export async function ping(sock: WASocket, withinMs: number): Promise<void> {
  const id = sock.generateMessageTag()
  const answer = sock.waitForMessage(id, withinMs)
  const attrs = { id, to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' }
  const sent = sock.sendNode({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] })
  // Writing can stand still as well: what was never written is never answered.
  sent.catch(() => {})
  if ((await answer) === undefined) throw new Error('WhatsApp does not answer')
}

/** A code to type into the phone with this number. Fails with WhatsApp's words when it takes the number for none. */
export async function askPairingCode(sock: WASocket, phone: string, withinMs: number): Promise<string> {
  const answer = Promise.withResolvers<void>()
  const taken = () => answer.resolve()
  const refused = (node: { readonly content?: unknown }) => answer.reject(new Error(wordsOf(node.content)))
  const late = setTimeout(() => answer.reject(new Error('WhatsApp does not answer')), withinMs)
  sock.ws.on('CB:iq,type:result,link_code_companion_reg', taken)
  sock.ws.on('CB:iq,type:error', refused)
  answer.promise.catch(() => {})
  try {
    const code = await sock.requestPairingCode(phone)
    await answer.promise
    return code
  } finally {
    clearTimeout(late)
    sock.ws.off('CB:iq,type:result,link_code_companion_reg', taken)
    sock.ws.off('CB:iq,type:error', refused)
  }
}

function wordsOf(content: unknown): string {
  const nodes: readonly unknown[] = Array.isArray(content) ? content : []
  const error = nodes.find((node) => hasAttrs(node) && node.tag === 'error')
  const { code, text } = hasAttrs(error) ? error.attrs : {}
  return `WhatsApp refuses to link this number${text || code ? ` (${[code, text].filter(Boolean).join(' ')})` : ''}`
}

function hasAttrs(node: unknown): node is { readonly tag: string; readonly attrs: Readonly<Record<string, string>> } {
  return typeof node === 'object' && node !== null && 'attrs' in node
}
