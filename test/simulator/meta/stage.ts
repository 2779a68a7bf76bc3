// A simulator with one number and a receiver, and a caller that holds every exchange to Meta's own document.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  type MetaSimulator,
  type MetaSimulatorOptions,
  type NumberOptions,
  type NumberSetup,
  startMetaSimulator,
} from '../../../simulator/meta/index.ts'
import { responseProblems } from '../../samples/graph-schema.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import type { GraphBody } from './shapes.ts'

export const customerNumber = '16505551234'

export type Call = { method?: string; body?: unknown; token?: string | null; headers?: Record<string, string> }
export type Answer = { status: number; headers: Headers; body: GraphBody }

export type Stage = {
  simulator: MetaSimulator
  receiver: Receiver
  number: NumberSetup
  /** Calls Graph as the number's owner; a body makes it a POST. `token: null` sends none. */
  graph(path: string, call?: Call): Promise<Answer>
  /** Posts a text message; `more` is laid over the body. */
  text(more?: Record<string, unknown>): Promise<Answer>
}

/** Sets the stage; all is closed when the test ends. */
export async function setStage(
  t: TestContext,
  options: MetaSimulatorOptions = {},
  number: NumberOptions = {},
): Promise<Stage> {
  const receiver = await startReceiver()
  t.after(() => receiver.close())
  const simulator = await startMetaSimulator({ retryScheduleMs: [5, 10, 15], ...options })
  t.after(() => simulator.close())
  const setup = simulator.addNumber({ callbackUrl: receiver.url, verifyToken: receiver.verifyToken, ...number })
  const graph = (path: string, call: Call = {}): Promise<Answer> =>
    callGraph(simulator.url, setup.token, { path, ...call })
  const text = (more: Record<string, unknown> = {}): Promise<Answer> =>
    graph(`/v21.0/${setup.phoneNumberId}/messages`, { body: { ...textBody(), ...more } })
  return { simulator, receiver, number: setup, graph, text }
}

/** A right text message. */
export function textBody(): Record<string, unknown> {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: `+${customerNumber}`,
    type: 'text',
    text: { body: 'Your order is ready', preview_url: false },
  }
}

/** Asserts that an answer is this error; `details` is looked for in error_data. */
export function assertError(
  answer: Answer,
  expected: { status: number; code: number; subcode?: number; message?: RegExp; details?: RegExp },
): void {
  const { error } = answer.body
  assert.equal(answer.status, expected.status, JSON.stringify(answer.body))
  assert.equal(error.code, expected.code)
  assert.equal(error.error_subcode, expected.subcode)
  if (expected.message) assert.match(error.message, expected.message)
  if (expected.details) assert.match(error.error_data.details, expected.details)
  assert.match(answer.headers.get('www-authenticate') ?? '', /^OAuth "Facebook Platform" "invalid_/)
}

async function callGraph(
  base: string,
  owner: string,
  { path, method, body, token = owner, headers }: Call & { path: string },
): Promise<Answer> {
  const verb = method ?? (body === undefined ? 'GET' : 'POST')
  const response = await fetch(`${base}${path}`, {
    method: verb,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const answer = (await response.json()) as GraphBody
  const problems = responseProblems(verb, path, response.status, answer)
  const isKnown = !problems.some((problem) => problem.endsWith('is not in the document'))
  if (isKnown) assert.deepEqual(problems, [], JSON.stringify(answer))
  return { status: response.status, headers: response.headers, body: answer }
}
