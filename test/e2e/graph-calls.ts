// Holds every call of Graph that a test brought about to Meta's document, and to the rule that tokens stay out of URLs.
import assert from 'node:assert/strict'
import type { MetaSimulator } from '../../simulator/meta/index.ts'
import { requestProblems } from '../samples/graph-schema.ts'

/** Fails for the first call that Meta's document does not know so, or that names its token in the address. */
export function checkGraphCalls(meta: MetaSimulator): void {
  const calls = meta.requests()
  assert.ok(calls.length > 0, 'Graph was never called')
  for (const { method, path, query, headers, body, rawBody, fault } of calls) {
    const token = (headers.authorization ?? '').replace(/^Bearer /, '')
    assert.ok(token.length > 3, `${method} ${path} came without a token`)
    const { input_token: inspected, ...rest } = query
    // Meta's own question about a token: documented as a GET with the token in it, and not in the extract.
    if (path.endsWith('/debug_token')) assert.equal(inspected, token)
    else {
      assert.equal(inspected, undefined)
      // A body that was cut by a fault was not read.
      const isCut = fault !== undefined && rawBody === '' && method === 'POST'
      if (!isCut) assert.deepEqual(requestProblems(method, path, body), [], `${method} ${path} ${rawBody}`)
    }
    assert.ok(!`${path}?${JSON.stringify(rest)}`.includes(token), `${method} ${path} has the token in its address`)
  }
}
