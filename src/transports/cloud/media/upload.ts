// Brings files to Meta: `POST /<phone number id>/media` (Meta, "Upload media").
import type { MediaKind } from '../../../model/content.ts'
import { type LocalFile, SendError } from '../../transport.ts'
import { factsOf, sentenceOf } from '../graph/failure.ts'
import type { GraphCall } from '../graph/graph.ts'
import { plainTrouble } from '../graph/trouble.ts'
import { type Ending, persist, type Sending, sendErrorOf } from '../patience.ts'
import { asText } from '../wire.ts'
import { tooLarge } from './limits.ts'

/** When a file whose answer stayed lost may be brought again. */
const AGAIN_MS = 5000

/** The call that brings a file; its answer is `{ id }`. */
export function uploadCall(phoneNumberId: string, file: LocalFile): GraphCall {
  return {
    method: 'POST',
    path: `${encodeURIComponent(phoneNumberId)}/media`,
    form: [
      { name: 'messaging_product', text: 'whatsapp' },
      { name: 'file', file },
      { name: 'type', text: file.mimeType },
    ],
  }
}

/** What became of bringing a file, when the file itself may have failed. */
export type Brought = { readonly ending: Ending; readonly unreadable: boolean }

/**
 * Brings a file to Meta, again when its answer was lost: a file alone reaches nobody. One that cannot be read here is
 * not tried again.
 */
export async function bring(sending: Sending, phoneNumberId: string, file: LocalFile): Promise<Brought> {
  let unreadable = false
  const watched: LocalFile = {
    size: file.size,
    mimeType: file.mimeType,
    filename: file.filename,
    read: () =>
      file.read().once('error', (error) => {
        // Streams that are ended before their end say so in the same way.
        unreadable ||= error.name !== 'AbortError'
      }),
  }
  const pause = async (ms: number): Promise<boolean> => !unreadable && (await sending.pause(ms))
  const ending = await persist({ call: sending.call, pause }, uploadCall(phoneNumberId, watched), { repeatable: true })
  return { ending, unreadable }
}

/** Brings the file of a message; answers Meta's id for it. Fails with SendError `refused`. */
export async function uploadFor(
  sending: Sending,
  phoneNumberId: string,
  { kind, file }: { readonly kind: MediaKind; readonly file: LocalFile },
): Promise<string> {
  const reason = tooLarge(kind, file.size)
  if (reason !== null) throw refused(reason, { callersFault: true })
  const { ending, unreadable } = await bring(sending, phoneNumberId, file)
  if (unreadable) throw refused('The file of the message could not be read from the disk of this server.')
  if (!ending.ok) {
    const { trouble, waitMs } = ending
    if (trouble.outcome !== 'lost') throw sendErrorOf(trouble, waitMs)
    throw refused(sentenceOf(trouble), { retryAfterMs: AGAIN_MS, facts: factsOf(trouble) })
  }
  const id = asText(ending.body.id)
  if (id !== null) return id
  const strange = plainTrouble('refused', 'an answer 200 without a media id', 200)
  throw refused(sentenceOf(strange), { retryAfterMs: AGAIN_MS, facts: factsOf(strange) })
}

function refused(sentence: string, more: Partial<SendError> = {}): SendError {
  const { retryAfterMs = null, facts = {}, callersFault = false } = more
  return new SendError(sentence, { outcome: 'refused', retryAfterMs, facts, callersFault })
}
