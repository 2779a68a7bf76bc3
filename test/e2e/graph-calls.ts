// Holds every call of Graph that a test brought about to Meta's document, and to the rule that tokens stay out of URLs.
import assert from 'node:assert/strict'
import type { LoggedRequest, MetaSimulator } from '../../simulator/meta/index.ts'
import { requestProblems, responseProblems } from '../samples/graph-schema.ts'
import { kindsIn } from '../samples/graph-schema-kinds.ts'
import type { Kind } from '../samples/graph-schema-load.ts'

/**
 * Fails for the first call that Meta's document does not know so, or that names its token in the address; and for the
 * first answer that Meta would not give, unless a fault gave it. `passedOn`: what Meta refused was asked by a caller in
 * Meta's own terms, which are not ours to judge.
 */
export function checkGraphCalls(meta: MetaSimulator, { passedOn = false } = {}): void {
  const calls = meta.requests()
  assert.ok(calls.length > 0, 'Graph was never called')
  const kinds = kindsIn(calls)
  for (const call of calls) {
    checkToken(call)
    if (isBytes(call)) continue
    // What a fault answered for Meta, Meta might have refused.
    const isRefused = call.fault !== undefined || (call.status !== undefined && call.status >= 400 && call.status < 500)
    // A name in the place of an id is no operation at all.
    if (passedOn && isRefused && !/^\d+$/.test(idIn(call.path))) continue
    if (!(passedOn && isRefused)) checkRequest(call, kinds)
    if (call.fault === undefined) checkAnswer(call, kinds)
  }
}

/** The second hop of a download: an address that Graph gave, on another host at Meta, and no operation of Graph's. */
function isBytes({ method, path }: LoggedRequest): boolean {
  return method === 'GET' && /^\/whatsapp_business\/attachments\/?$/.test(path)
}

function checkToken({ method, path, query, headers }: LoggedRequest): void {
  const token = (headers.authorization ?? '').replace(/^Bearer /, '')
  assert.notEqual(token, '', `${method} ${path} came without a token`)
  const { input_token: inspected, ...rest } = query
  // Meta's own question about a token: documented as a GET with the token in it.
  if (path.endsWith('/debug_token')) assert.equal(inspected, token)
  else assert.equal(inspected, undefined)
  // A token of one letter, as some tests have, is in every address.
  const isTold = token.length > 3 && `${path}?${JSON.stringify(rest)}`.includes(token)
  assert.ok(!isTold, `${method} ${path} has the token in its address`)
}

function checkRequest(call: LoggedRequest, kinds: Map<string, Kind>): void {
  const { method, path, query, status, body, rawBody, fault } = call
  // A body that was cut by a fault, or by the caller, was not read.
  const isCut = (fault !== undefined && rawBody === '') || status === undefined
  if (isCut && body === undefined && method === 'POST') return
  const problems = requestProblems(method, path, body, { kind: kinds.get(idIn(path)), query })
  assert.deepEqual(problems, [], `${method} ${path}?${new URLSearchParams(query)} ${rawBody}`)
}

function checkAnswer(call: LoggedRequest, kinds: Map<string, Kind>): void {
  const { method, path, query, status, answer } = call
  if (status === undefined || answer === undefined) return
  const hint = { kind: kinds.get(idIn(path)), query }
  const problems = responseProblems(method, path, status, JSON.parse(answer), hint)
  assert.deepEqual(problems, [], `the answer to ${method} ${path}?${new URLSearchParams(query)}: ${answer}`)
}

function idIn(path: string): string {
  return path.replace(/^\/v\d+\.\d+(?=\/)/, '').split('/')[1] ?? ''
}
