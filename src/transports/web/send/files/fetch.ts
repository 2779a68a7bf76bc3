// Fetches files that came in, from WhatsApp's media hosts; a file that is gone there is brought again by the sender's phone.
import { FetchError, type FileSink } from '../../../transport.ts'
import type { Envelope, Socket, WireContent } from '../../port.ts'
import { readMediaRef } from '../../receive/content/file.ts'
import { asNumber, asObject, asText } from '../../receive/values.ts'
import { NOT_CONNECTED, statusOf, wordsOf } from '../refusal.ts'

const GONE: ReadonlySet<number | null> = new Set([404, 410])
/** Answers that a later try may change, beside all from 500 on: timeouts, and connections that ended. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 428, 429])

/**
 * Files that are asked of phones at the same time, by all accounts: a phone need not answer, files are fetched few at a time, and
 * whoever sends what is not there must not keep all others waiting.
 */
const MOST_RENEWALS = 2
let renewals = 0

/** Streams the file of a message into the sink. Fails with FetchError, or with what the sink threw. */
export async function fetchInto(socket: Socket | null, ref: string, sink: FileSink): Promise<void> {
  const read = readMediaRef(ref)
  if (read === null) throw new FetchError('What is known of the file does not say where it lies.', false)
  if (!socket) throw new FetchError(`${NOT_CONNECTED}.`, true)
  const { envelope, content } = read
  const { mimetype, fileLength } = asObject(Object.values(content)[0])
  sink.begin({ mimeType: asText(mimetype), size: asNumber(fileLength) })
  const first = await open(socket, content)
  if (first.ok) return pour(first.chunks, sink)
  if (!GONE.has(statusOf(first.thrown))) throw failed(first.thrown)
  const again = await open(socket, await renewed(socket, envelope, content))
  if (!again.ok) throw failed(again.thrown)
  await pour(again.chunks, sink)
}

type Opened =
  | { readonly ok: true; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly ok: false; readonly thrown: unknown }

/** With its first bytes there, a file is known not to be gone. */
async function open(socket: Socket, content: WireContent): Promise<Opened> {
  const chunks = socket.download(content)[Symbol.asyncIterator]()
  try {
    const first = await chunks.next()
    return { ok: true, chunks: from(first, chunks) }
  } catch (thrown) {
    return { ok: false, thrown }
  }
}

async function* from(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value
  } finally {
    // Ends the download where the sink wants no more.
    await rest.return?.()
  }
}

async function pour(chunks: AsyncIterable<Uint8Array>, sink: FileSink): Promise<void> {
  let isWriting = false
  try {
    for await (const chunk of chunks) {
      isWriting = true
      await sink.write(chunk)
      isWriting = false
    }
  } catch (thrown) {
    throw isWriting ? thrown : failed(thrown)
  }
}

async function renewed(socket: Socket, envelope: Envelope, content: WireContent): Promise<WireContent> {
  if (renewals >= MOST_RENEWALS)
    throw new FetchError("The file is not at WhatsApp any more; the sender's phone is asked for it later.", true)
  renewals += 1
  try {
    return await socket.renew(envelope, content)
  } catch (thrown) {
    const status = statusOf(thrown)
    const sentence = `The file is not at WhatsApp any more, and the sender's phone did not bring it again: ${wordsOf(thrown)}.`
    // A phone that answers that it has no such file will not have it tomorrow.
    throw new FetchError(sentence, status === null || isPassing(status), thrown)
  } finally {
    renewals -= 1
  }
}

function failed(thrown: unknown): FetchError {
  if (thrown instanceof FetchError) return thrown
  const status = statusOf(thrown)
  const isGone = GONE.has(status)
  const sentence = isGone ? 'it is not there any more, and did not come back' : wordsOf(thrown)
  return new FetchError(
    `The file could not be fetched from WhatsApp: ${sentence}.`,
    status === null || isPassing(status),
    thrown,
  )
}

function isPassing(status: number): boolean {
  return status >= 500 || PASSING.has(status)
}
