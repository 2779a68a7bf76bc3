// Reads what a hook answers under `send`: bodies of the operations that send, held against the same contract.
import { createHash } from 'node:crypto'
import { send as said } from '../../contract/native/send.ts'
import type { Input, Operation } from '../../contract/operation.ts'
import type { SendWish } from '../../gateway/gateway.ts'
import { Failure } from '../../model/failure.ts'
import { createFileText } from '../body/file-text.ts'
import { checker } from '../check.ts'
import { type Addressed, isSend, type SendOperation, type Sends, type SentFile, sendWish } from './send-wish.ts'

/** What an answer asks for: `bytes` is the file of a content whose media is `from: 'file'`. */
export type ReadSend = { readonly wish: SendWish; readonly bytes?: Uint8Array } | { readonly problem: string }

type Values = Record<string, unknown>

const checks = new Map<SendOperation, (body: unknown) => Values>()

function checkOf(operation: SendOperation): (body: unknown) => Values {
  const known = checks.get(operation)
  if (known) return known
  const input = checker(said[operation].input)
  const made = (body: unknown): Values => input({ path: {}, query: new Map(), body: body ?? null })
  checks.set(operation, made)
  return made
}

/** The file that a body holds in base64, decoded; null when it holds none. Fails with `invalid`, naming the field. */
function fileIn(operation: SendOperation, body: Values): { bytes: Uint8Array; mimeType: string | null } | null {
  const { body: part }: Operation['input'] = said[operation].input
  for (const [field, schema] of Object.entries(part?.schema.properties ?? {})) {
    const text = body[field]
    if (!('x-file' in schema) || typeof text !== 'string') continue
    const reader = createFileText(field)
    // The reader takes texts as JSON has them, without the quotes.
    const written = Buffer.from(JSON.stringify(text))
    reader.take(written.subarray(1, -1), 0)
    reader.end()
    return { bytes: Buffer.from(reader.decoded() ?? []), mimeType: reader.mimeType }
  }
  return null
}

function aboutFile({ bytes, mimeType }: { bytes: Uint8Array; mimeType: string | null }): SentFile {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), mimeType }
}

/**
 * One item of `send` as a wish; `body` has its account and whom it goes to already. A problem is a sentence for the
 * owner of the hook.
 */
export function readSend(operation: string, body: unknown): ReadSend {
  if (!isSend(operation)) return { problem: `operation: must be one of ${Object.keys(said).join(', ')}` }
  try {
    const values = checkOf(operation)(body)
    const file = fileIn(operation, values)
    // The check of this very operation has made sure that the values are its input.
    const input = values as Input<Sends[typeof operation]> & Addressed
    const wish = sendWish(operation, input, file ? aboutFile(file) : undefined)
    return file ? { wish, bytes: file.bytes } : { wish }
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'invalid') return { problem: thrown.message }
    throw thrown
  }
}
