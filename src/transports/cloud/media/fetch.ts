// Fetches files that came in: Graph tells where a file lies for the next five minutes (Meta, "Retrieve media URL"), and
// there it is read.
import { createHash } from 'node:crypto'
import { FetchError, type FileSink } from '../../transport.ts'
import type { GraphReply } from '../graph/answer.ts'
import type { Download } from '../graph/download.ts'
import { sentenceOf, verdictOf } from '../graph/failure.ts'
import type { GraphCall } from '../graph/graph.ts'
import type { Trouble } from '../graph/trouble.ts'
import { asText, type Wire } from '../wire.ts'
import { hexOf } from './digest.ts'

/** How Graph and Meta's file servers are reached. */
export interface Fetching {
  readonly phoneNumberId: string
  call(call: GraphCall): Promise<GraphReply>
  download(url: string): Promise<Download>
}

/** What Graph says of a file. */
interface Descriptor {
  readonly url: string
  readonly mimeType: string | null
  readonly size: number | null
  /** Hex. */
  readonly sha256: string | null
}

/** Streams the file with that media id into the sink. Fails with FetchError, or with what the sink threw. */
export async function fetchFile(fetching: Fetching, id: string, sink: FileSink): Promise<void> {
  const file = await describe(fetching, id)
  sink.begin({ mimeType: file.mimeType, size: file.size })
  const bytes = await open(fetching, id, file)
  await pour(bytes, file, sink)
}

async function describe(fetching: Fetching, id: string): Promise<Descriptor> {
  const query = { phone_number_id: fetching.phoneNumberId }
  const reply = await fetching.call({ method: 'GET', path: encodeURIComponent(id), query })
  if (!reply.ok) throw fetchErrorOf(reply.trouble)
  const file = descriptorOf(reply.body)
  if (file === null) throw new FetchError('Graph does not say where the file lies.', true)
  return file
}

/** An address that is not there any more is asked for once more: it may have lapsed on the way. */
async function open(fetching: Fetching, id: string, file: Descriptor): Promise<AsyncGenerator<Uint8Array>> {
  let found = await fetching.download(file.url)
  if (!found.ok && found.status === 404) found = await fetching.download((await describe(fetching, id)).url)
  if (!found.ok) throw new FetchError(`The file could not be fetched: ${found.reason}.`, found.passing)
  return found.bytes
}

async function pour(bytes: AsyncGenerator<Uint8Array>, file: Descriptor, sink: FileSink): Promise<void> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (file.size !== null && size > file.size) break
    hash.update(chunk)
    await sink.write(chunk)
  }
  if (file.size !== null && size !== file.size) {
    const came = size > file.size ? 'more' : `${size} bytes`
    throw new FetchError(`The file has ${file.size} bytes by what Meta says of it, and ${came} came.`, true)
  }
  if (file.sha256 !== null && hash.digest('hex') !== file.sha256)
    throw new FetchError('The bytes that came are not those of the file: their SHA-256 is another one.', true)
}

/** `file_size` is a number, although Meta's document says a text. */
function descriptorOf(body: Wire): Descriptor | null {
  const url = asText(body.url)
  if (url === null) return null
  const size = asText(body.file_size)
  const sha256 = asText(body.sha256)
  return {
    url,
    mimeType: asText(body.mime_type),
    size: size !== null && /^\d{1,15}$/.test(size) ? Number(size) : null,
    sha256: sha256 === null ? null : hexOf(sha256),
  }
}

function fetchErrorOf(trouble: Trouble): FetchError {
  const { class: kind } = verdictOf(trouble)
  const isPassing = kind === 'network' || kind === 'retry' || kind === 'hold'
  const isUnknown = trouble.code === 100
  const advice = isUnknown ? "Meta keeps a file that came in for 7 days, and shows it to the number's own token." : null
  return new FetchError(sentenceOf(trouble, advice), isPassing)
}
