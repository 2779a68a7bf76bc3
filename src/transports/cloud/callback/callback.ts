// Takes Meta's callbacks: proves them, finds whose each change is, records all of a POST in one unit, answers.

import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { decodePath } from '../../../model/callback-path.ts'
import type { EventDraft } from '../../../model/event.ts'
import { Failure } from '../../../model/failure.ts'
import type { CallbackAnswer, CallbackRequest, Desk } from '../../transport.ts'
import type { Change, Known } from '../receive/change.ts'
import { receiveChange } from '../receive/receive.ts'
import { ownIdOf } from '../receive/status.ts'
import { asList, isObject } from '../wire.ts'
import type { OpenLine, Registry } from './registry.ts'
import { createRouter, type Routed } from './route.ts'
import { readSignature } from './signature.ts'
import { answerVerification } from './verify.ts'

/** Events of their own that one POST may become; Meta batches at most 1000 updates. The rest of it is kept as one. */
const MAX_ITEMS = 1000

const REFUSED: CallbackAnswer = { status: 401, body: 'The signature is missing or wrong' }
const TAKEN: CallbackAnswer = { status: 200, body: 'OK' }

/** Answers a request to any callback path; null when no open line lives there. */
export function createCallback(
  desk: Desk,
  registry: Registry,
): (request: CallbackRequest) => Promise<CallbackAnswer | null> {
  const route = createRouter(registry, desk.log)
  const refuse = (path: string, reason: string, answer: CallbackAnswer): CallbackAnswer => {
    desk.log.info('callback.refused', { path, status: answer.status, reason })
    return answer
  }
  return async (request) => {
    const path = decodePath(request.path)
    const lines = path === null ? [] : registry.onPath(path)
    if (path === null || lines.length === 0) return null
    if (request.method === 'GET') {
      const answer = answerVerification(request.query, lines)
      return answer.status === 200 ? answer : refuse(path, 'verify token', answer)
    }
    const signature = readSignature(request.headers['x-hub-signature-256'], request.body)
    const isTrusted = (line: OpenLine): boolean => line.appSecret === null || signature.isBy(line.appSecret)
    // Nothing of a request is read while no line of its path could believe it.
    if (!lines.some(isTrusted)) return refuse(path, 'signature', REFUSED)
    const body = parse(request.body)
    if (!isObject(body)) return refuse(path, 'body', { status: 400, body: 'The body is not a JSON object' })
    const routed = route(body, lines.find(isTrusted) ?? null, path)
    if (!routed.every(({ line }) => isTrusted(line))) return refuse(path, 'signature of an account', REFUSED)
    return record(desk, routed, request.body)
  }
}

async function record(desk: Desk, routed: readonly Routed[], body: Uint8Array): Promise<CallbackAnswer> {
  const ids = ownIdsIn(routed)
  let print: string | null = null
  const fingerprint = (): string => (print ??= createHash('sha256').update(body).digest('base64url'))
  try {
    const known: Known = {
      outgoing: ids.length === 0 ? new Map() : await desk.outgoing(ids),
      publicId: (message, candidate) => desk.publicId(message, candidate),
    }
    const drafts: EventDraft[] = []
    const budget = { left: MAX_ITEMS }
    for (const each of routed) receiveChange(changeOf(each, { known, fingerprint, budget, drafts }))
    if (drafts.length > 0) await desk.emit(drafts)
    return TAKEN
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'unavailable') throw error
    return { status: 503, body: error.message, retryAfterS: error.retryAfterS ?? 5 }
  }
}

function changeOf(
  { line, change }: Routed,
  shared: Pick<Change, 'known' | 'fingerprint' | 'budget' | 'drafts'>,
): Change {
  const { account, phoneNumberId, newFileId } = line
  const receiver = { account, phoneNumberId, phoneNumber: line.phoneNumber(), newFileId }
  return { receiver, ...change, ...shared }
}

/** Our ids of the messages that the statuses of this POST speak about, to be looked up in one go. */
function ownIdsIn(routed: readonly Routed[]): string[] {
  const ids = new Set<string>()
  for (const { change } of routed) {
    if (!isObject(change.value)) continue
    for (const status of asList(change.value.statuses)) {
      const id = isObject(status) ? ownIdOf(status) : null
      if (id !== null) ids.add(id)
    }
  }
  return [...ids]
}

/** The body as JSON; null when it is none. Broken UTF-8 is refused rather than repaired into another text. */
function parse(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) return null
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return null
  }
}
