// An independent client sorts the simulator's refusals as it sorts Meta's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GraphApiError, WhatsAppClient } from '@kapso/whatsapp-cloud-api'
import { type ClientStage, refusal, setClientStage } from './client.ts'

const text = ({ client, phoneNumberId, to }: ClientStage): Promise<unknown> =>
  client.messages.sendText({ phoneNumberId, to, body: 'Hello' })
const sorted = ({ code, category, retry }: GraphApiError): unknown[] => [code, category, retry.action]

test('a token that is unknown, expired or too weak asks for another', async (t) => {
  const stage = await setClientStage(t)
  const { simulator, number, phoneNumberId, to } = stage
  const send = (accessToken: string): Promise<unknown> =>
    new WhatsAppClient({ accessToken, baseUrl: simulator.url }).messages.sendText({ phoneNumberId, to, body: 'x' })
  const unknown = await refusal(send('nobody'))
  assert.deepEqual(sorted(unknown), [190, 'authorization', 'refresh_token'])
  assert.ok(unknown.isAuthError() && unknown.requiresTokenRefresh())
  assert.equal(unknown.httpStatus, 401)
  const { appId, wabaId } = number
  const expired = await refusal(send(simulator.addToken({ appId, wabaIds: [wabaId], expiresAt: 1 })))
  assert.deepEqual([...sorted(expired), expired.errorSubcode], [190, 'authorization', 'refresh_token', 463])
  const scopes = ['whatsapp_business_management']
  const weak = await refusal(send(simulator.addToken({ appId, wabaIds: [wabaId], scopes })))
  assert.deepEqual(sorted(weak), [10, 'permission', 'fix_and_retry'])
})

test('what is wrong with a message is the caller’s to mend', async (t) => {
  const stage = await setClientStage(t)
  const { client, phoneNumberId, to, number } = stage
  const missing = await refusal(client.messages.sendText({ phoneNumberId: '123', to, body: 'x' }))
  assert.deepEqual([...sorted(missing), missing.errorSubcode], [100, 'parameter', 'fix_and_retry', 33])
  assert.equal(missing.type, 'GraphMethodException')
  const long = await refusal(client.messages.sendText({ phoneNumberId, to, body: 'x'.repeat(4097) }))
  assert.deepEqual(sorted(long), [100, 'parameter', 'fix_and_retry'])
  const buttons = ['a', 'b', 'c', 'd'].map((id) => ({ type: 'reply', reply: { id, title: id } }))
  const interactive = { type: 'button', body: { text: 'x' }, action: { buttons } }
  const many = await refusal(client.messages.sendInteractiveRaw({ phoneNumberId, to, interactive }))
  assert.deepEqual(sorted(many), [131009, 'parameter', 'fix_and_retry'])
  assert.ok(many.details && many.fbtraceId)
  const own = await refusal(client.messages.sendText({ phoneNumberId, to: number.displayPhoneNumber, body: 'x' }))
  assert.deepEqual(sorted(own), [131021, 'parameter', 'fix_and_retry'])
  const media = await refusal(client.messages.sendImage({ phoneNumberId, to, image: { id: '123' } }))
  assert.equal(media.category, 'parameter')
  const name = 'nowhere'
  const template = await refusal(
    client.messages.sendTemplate({ phoneNumberId, to, template: { name, language: { code: 'en_US' } } }),
  )
  assert.deepEqual(sorted(template), [132001, 'template', 'fix_and_retry'])
  assert.ok(template.isTemplateError())
})

test('limits and faults are waited for', async (t) => {
  const stage = await setClientStage(t)
  const { simulator } = stage
  simulator.limits({ pair: { burst: 1, everyMs: 6000 } })
  await text(stage)
  const pair = await refusal(text(stage))
  assert.deepEqual([...sorted(pair), pair.isRateLimit()], [131056, 'throttling', 'retry_after', true])
  simulator.limits({ pair: null, throughput: 1 })
  const flood = await Promise.allSettled(Array.from({ length: 5 }, () => text(stage)))
  const refused = flood.flatMap((each) => (each.status === 'rejected' ? [each.reason as GraphApiError] : []))
  assert.ok(refused.length > 0)
  assert.deepEqual(sorted(refused[0] as GraphApiError), [130429, 'throttling', 'retry_after'])
  simulator.limits({ throughput: null })
  const when = { next: 1 } as const
  simulator.faults.add({ match: 'POST /*/messages', action: { kind: 'throttle', retryAfter: 3 }, when })
  const throttled = await refusal(text(stage))
  assert.deepEqual(throttled.retry, { action: 'retry_after', retryAfterMs: 3000 })
  simulator.faults.add({ match: 'POST /*/messages', action: { kind: 'error', code: 2 }, when })
  assert.deepEqual(sorted(await refusal(text(stage))), [2, 'server', 'retry'])
  simulator.faults.add({ match: 'POST /*/messages', action: { kind: 'html' }, when })
  const page = await refusal(text(stage))
  assert.deepEqual([page.httpStatus, page.category, page.retry.action], [502, 'server', 'retry'])
  await text(stage)
})

test('a path that only the client’s own proxy knows is refused as by Meta', async (t) => {
  const { client, wabaId } = await setClientStage(t)
  const { code, message } = await refusal(client.templates.get({ businessAccountId: wabaId, templateId: '123' }))
  assert.equal(code, 2500)
  assert.match(message, /Unknown path components: \/message_templates\/123/)
})
