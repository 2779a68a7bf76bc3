// What every answer must be, whatever was asked: documented, of its shape, and without a word about our insides.
import assert from 'node:assert/strict'
import { at, type Documented } from './document.ts'
import type { Answered, Wish } from './exchange.ts'

export const STACK = /\bat .+:\d+:\d+|node:internal|node_modules|\.[jt]s:\d+|SQLITE|Internal error/
/** Within this a refusal is there, ms. */
const REFUSAL_MS = 1000

/** The body of an answer as its type says it. */
function bodyValue(type: string, text: string): unknown {
  return /^application\/(problem\+)?json/.test(type) ? JSON.parse(text) : text
}

/** The sentence of a refusal, in whichever form it came. */
export function sentenceOf({ headers, text }: Answered): string {
  return String(headers['content-type']).startsWith('application/problem+json')
    ? String(at(JSON.parse(text)).detail)
    : text
}

/** Fails when an answer is not one that the document promises for this operation. */
export function checkAnswer(operation: Documented, wish: Wish, answered: Answered): void {
  const { status, headers, text, tookMs } = answered
  const type = String(headers['content-type'])
  const about = `${wish.what}: ${wish.method} ${wish.url} was answered ${status} ${type}: ${text.slice(0, 300)}`
  assert.ok(operation.statuses.includes(status), `undocumented status. ${about}`)
  const fits = operation.answerFits(status, type) ?? operation.answerFits(status, String(type.split(';')[0]))
  assert.ok(fits, `undocumented type. ${about}`)
  const value = bodyValue(type, text)
  assert.ok(fits(value), `${JSON.stringify(fits.errors)} ${about}`)
  assert.equal(headers['x-content-type-options'], 'nosniff', about)
  if (status < 400) return
  assert.doesNotMatch(text, STACK, about)
  assert.ok(text.trim().length > 5, about)
  if (type.startsWith('application/problem+json')) {
    assert.equal(at(value).status, status, about)
    assert.notEqual(at(value).code, 'internal', about)
  }
  if (status < 500) assert.ok(tookMs < REFUSAL_MS, `${Math.round(tookMs)} ms. ${about}`)
}

/** Fails unless it is refused as who has no good key is. */
export function checkUnknown(wish: Wish, { status, headers, text, tookMs }: Answered): void {
  const about = `${wish.method} ${wish.url} without a good key was answered ${status}: ${text.slice(0, 300)}`
  assert.equal(status, 401, about)
  assert.match(String(headers['www-authenticate']), /^Bearer/, about)
  assert.match(text, /^Unauthorized: /, about)
  assert.ok(tookMs < REFUSAL_MS, about)
}

/** Objects that all code shares must be as they were. */
export function checkPrototypes(): void {
  assert.equal(Reflect.get({}, 'polluted'), undefined)
  assert.deepEqual(Object.keys(Object.prototype), [])
  assert.deepEqual(Object.keys(Array.prototype), [])
}
