// A client of Graph that we did not write, `@kapso/whatsapp-cloud-api`, in front of the simulated Meta.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { GraphApiError, WhatsAppClient } from '@kapso/whatsapp-cloud-api'
import type { MetaSimulatorOptions, NumberOptions } from '../../../../simulator/meta/index.ts'
import { requestProblems, responseProblems } from '../../../samples/graph-schema.ts'
import { kindsIn } from '../../../samples/graph-schema-kinds.ts'
import { type Stage, setStage } from '../stage.ts'

export type ClientStage = Stage & { client: WhatsAppClient; to: string; phoneNumberId: string; wabaId: string }

/**
 * The simulator with one number, a customer who may be written to, and the client as a user would set it up. When the
 * test ends, every call that was taken, and every answer, is held to Meta's document.
 */
export async function setClientStage(
  t: TestContext,
  options: MetaSimulatorOptions = {},
  numberOptions: NumberOptions = {},
): Promise<ClientStage> {
  const stage = await setStage(t, options, numberOptions)
  const { simulator, number } = stage
  simulator.customer('16505551234').says('hello', number.phoneNumberId)
  await simulator.settled()
  t.after(() => checkCalls(stage))
  const client = new WhatsAppClient({ accessToken: number.token, baseUrl: simulator.url })
  return { ...stage, client, to: '+16505551234', phoneNumberId: number.phoneNumberId, wabaId: number.wabaId }
}

/** The refusal that the client made an error of. */
export async function refusal(call: Promise<unknown>): Promise<GraphApiError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof GraphApiError, String(error))
    return error
  }
  return assert.fail('it was not refused')
}

function checkCalls({ simulator }: Stage): void {
  const calls = simulator.requests()
  const kinds = kindsIn(calls)
  for (const { method, path, query, body, status, answer, fault } of calls) {
    // The second hop of a download is no operation of Graph's.
    if (fault !== undefined || status === undefined || answer === undefined || isBytes(path)) continue
    const hint = { kind: kinds.get(path.split('/')[2] ?? ''), query }
    const isTaken = status < 300
    const asked = isTaken ? requestProblems(method, path, body, hint) : []
    assert.deepEqual(asked, [], `${method} ${path} was taken: ${JSON.stringify(body)}`)
    const said = responseProblems(method, path, status, JSON.parse(answer), hint)
    const isKnown = !said.some((problem) => problem.endsWith('is not in the document'))
    if (isKnown || isTaken) assert.deepEqual(said, [], `${method} ${path}: ${answer}`)
  }
}

function isBytes(path: string): boolean {
  return /^\/whatsapp_business\/attachments\/?$/.test(path)
}
