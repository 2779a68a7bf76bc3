// What the tests of management share: right templates, callbacks by field, uploads of Flow JSON.
import assert from 'node:assert/strict'
import { responseProblems } from '../../../samples/graph-schema.ts'
import type { Answer, Stage } from '../stage.ts'

/** An answer or a callback's value as plain JSON; a test that reaches for what is not there fails. */
export type Json = Record<string, unknown>

/** A right template with a variable in its header, two in its body, and buttons. */
export function orderTemplate(more: Json = {}): Json {
  return {
    name: 'order_ready',
    language: 'en_US',
    category: 'UTILITY',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'News for {{1}}', example: { header_text: ['Zoë'] } },
      {
        type: 'BODY',
        text: 'Hello {{1}}, your order {{2}} is ready now.',
        example: { body_text: [['Zoë', '860198']] },
      },
      { type: 'FOOTER', text: 'Lucky Shrub' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'URL', text: 'Track', url: 'https://example.com/{{1}}', example: ['860198'] },
          { type: 'QUICK_REPLY', text: 'Thank you' },
        ],
      },
    ],
    ...more,
  }
}

/** A right template of one sentence. */
export function plainTemplate(more: Json = {}): Json {
  return {
    ...{ name: 'hello', language: 'en_US', category: 'UTILITY' },
    components: [{ type: 'BODY', text: 'Hello from the shop.' }],
    ...more,
  }
}

/** The body of an answer as plain JSON. */
export function bodyOf(answer: Answer): Json {
  return answer.body as unknown as Json
}

/** The entries of a list. */
export function dataOf(answer: Answer): Json[] {
  return answer.body.data as unknown as Json[]
}

/** An object inside another. */
export function inside(whole: Json | undefined, name: string): Json {
  return whole?.[name] as Json
}

/** The names in a list of templates, in order. */
export function namesOf(answer: Answer): unknown[] {
  return dataOf(answer).map(({ name }) => name)
}

/** The values of all callbacks of a field so far, once nothing is under way. */
export async function valuesOf({ simulator, receiver }: Stage, field: string): Promise<Json[]> {
  await simulator.settled()
  const changes = receiver.received.flatMap(({ body }) => body.entry.flatMap((entry) => entry.changes))
  return changes.filter((change) => change.field === field).map(({ value }) => value as unknown as Json)
}

/** Uploads a Flow JSON as clients do; `parts` are laid over the usual fields, and undefined leaves one out. */
export async function uploadFlow(
  { simulator, number }: Stage,
  flowId: string,
  file: string | Uint8Array | undefined,
  parts: Record<string, string | undefined> = {},
): Promise<{ status: number; body: Json }> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ name: 'flow.json', asset_type: 'FLOW_JSON', ...parts })) {
    if (value !== undefined) form.append(name, value)
  }
  if (file !== undefined) {
    const bytes = typeof file === 'string' ? file : new Uint8Array(file)
    form.append('file', new Blob([bytes], { type: 'application/json' }), 'flow.json')
  }
  const init = { method: 'POST', headers: { authorization: `Bearer ${number.token}` }, body: form }
  const path = `/v21.0/${flowId}/assets`
  const response = await fetch(`${simulator.url}${path}`, init)
  const body = (await response.json()) as Json
  assert.deepEqual(responseProblems('POST', path, response.status, body), [])
  return { status: response.status, body }
}

/** Asserts the code of a refusal that did not come through the stage. */
export function assertRefused(answer: { status: number; body: Json }, code: number, message: RegExp): void {
  const error = answer.body.error as Json
  assert.equal(answer.status, 400)
  assert.equal(error.code, code, JSON.stringify(error))
  assert.match(String(error.message), message)
}
