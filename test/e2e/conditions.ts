// What the tests of the whole product wait for and expect: a condition that comes true, a call that is refused.
import assert from 'node:assert/strict'
import type { Received } from '../../simulator/receiver/index.ts'
import { Failure } from '../../src/model/failure.ts'

/** Resolves when it holds; rejects with `what` when it does not within so many ms. */
export async function until(holds: () => Promise<boolean> | boolean, what: string, withinMs = 10_000): Promise<void> {
  for (const deadline = performance.now() + withinMs; !(await holds()); ) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Rejects unless the call is refused with that code; answers the sentence. */
export async function refusal(call: Promise<unknown>, code = 'invalid'): Promise<string> {
  const failure = await call.then(
    () => assert.fail('it was taken'),
    (thrown: unknown) => thrown,
  )
  assert.ok(failure instanceof Failure, String(failure))
  assert.equal(failure.code, code, failure.message)
  return failure.message
}

/** The type of the event that a request tells. */
export function typeOf({ headers }: Received): string {
  return String(headers['x-whatshooked-event'])
}

export function isMessage(request: Received): boolean {
  return typeOf(request) === 'message.received'
}

/** The ids of the messages that a receiver was told of, in the order of arrival. */
export function idsAt({ received }: { readonly received: readonly Received[] }): string[] {
  const told = received.filter(isMessage).map(({ body }) => JSON.parse(body) as { data: { message_id: string } })
  return told.map(({ data }) => data.message_id)
}
