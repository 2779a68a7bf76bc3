// Tables of right and wrong bodies: a test for each, named after what it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems, responseProblems } from '../../../samples/graph-schema.ts'

/** What of the document is looked at. */
export type Call = { method: string; path: string }
type Bodies = Record<string, unknown>

/** A test for each body of a request that the document takes, and for each that it refuses. */
export function judgeRequests({ method, path }: Call, { right, wrong }: { right: Bodies; wrong: Bodies }): void {
  for (const [what, body] of Object.entries(right)) {
    test(`${method} ${path} takes ${what}`, () => assert.deepEqual(requestProblems(method, path, plain(body)), []))
  }
  for (const [what, body] of Object.entries(wrong)) {
    test(`${method} ${path} refuses ${what}`, () => assert.notDeepEqual(requestProblems(method, path, plain(body)), []))
  }
}

/** The same for what is answered with 200. */
export function judgeAnswers({ method, path }: Call, { right, wrong }: { right: Bodies; wrong: Bodies }): void {
  for (const [what, body] of Object.entries(right)) {
    test(`${method} ${path} answers ${what}`, () =>
      assert.deepEqual(responseProblems(method, path, 200, plain(body)), []))
  }
  for (const [what, body] of Object.entries(wrong)) {
    test(`${method} ${path} never answers ${what}`, () =>
      assert.notDeepEqual(responseProblems(method, path, 200, plain(body)), []))
  }
}

/** As it is after a way over the wire: without what is undefined. */
function plain(body: unknown): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body))
}
