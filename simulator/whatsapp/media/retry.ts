// A client asks for a file that is gone, and the phone brings it again: `mediaretry`, encrypted under the media key.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildBuffer, proto } from 'baileys'

/** How it comes out: a new direct path, or why there is none. */
export type RetryOutcome = { directPath: string } | { fails: 'general' | 'not-found' | 'decryption' }

const results = {
  general: proto.MediaRetryNotification.ResultType.GENERAL_ERROR,
  'not-found': proto.MediaRetryNotification.ResultType.NOT_FOUND,
  decryption: proto.MediaRetryNotification.ResultType.DECRYPTION_ERROR,
}
const tagLength = 16

/**
 * The notification that answers a `<receipt type="server-error">`. Whose request cannot be opened with `mediaKey` (null:
 * the phone does not know the message) gets a plain error, as at WhatsApp.
 */
export function mediaRetryAnswer(
  request: BinaryNode,
  known: { from: string; mediaKey: Uint8Array | null; outcome: RetryOutcome },
): BinaryNode {
  const id = request.attrs.id ?? ''
  const { from, mediaKey, outcome } = known
  const attrs = { from, type: 'mediaretry', id, t: String(Math.floor(Date.now() / 1000)) }
  const place: BinaryNode = { tag: 'rmr', attrs: getBinaryNodeChild(request, 'rmr')?.attrs ?? {} }
  if (!mediaKey || !isOpenedBy(mediaKey, request)) {
    const error: BinaryNode = { tag: 'error', attrs: { code: String(results['not-found']) } }
    return { tag: 'notification', attrs, content: [error, place] }
  }
  const plain = proto.MediaRetryNotification.encode({
    stanzaId: id,
    ...('directPath' in outcome
      ? { directPath: outcome.directPath, result: proto.MediaRetryNotification.ResultType.SUCCESS }
      : { result: results[outcome.fails] }),
  }).finish()
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(mediaKey), iv).setAAD(Buffer.from(id))
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  const encrypt: BinaryNode = {
    ...{ tag: 'encrypt', attrs: {} },
    content: [
      { tag: 'enc_p', attrs: {}, content: body },
      { tag: 'enc_iv', attrs: {}, content: iv },
    ],
  }
  return { tag: 'notification', attrs, content: [encrypt, place] }
}

function isOpenedBy(mediaKey: Uint8Array, request: BinaryNode): boolean {
  const encrypt = getBinaryNodeChild(request, 'encrypt')
  const body = getBinaryNodeChildBuffer(encrypt, 'enc_p')
  const iv = getBinaryNodeChildBuffer(encrypt, 'enc_iv')
  if (!body || !iv) return false
  try {
    const cut = body.length - tagLength
    const decipher = createDecipheriv('aes-256-gcm', keyOf(mediaKey), iv)
      .setAAD(Buffer.from(request.attrs.id ?? ''))
      .setAuthTag(body.subarray(cut))
    const plain = Buffer.concat([decipher.update(body.subarray(0, cut)), decipher.final()])
    return proto.ServerErrorReceipt.decode(plain).stanzaId === request.attrs.id
  } catch {
    return false
  }
}

const keyOf = (mediaKey: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(32), 'WhatsApp Media Retry Notification', 32))
