// Sending, whole: what is refused here, what Meta refuses, what is tried again, and what is never sent twice.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FAILURES, type Failure } from '../../src/model/failure.ts'
import { eventsOf, nextEvent } from './events.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { type Ending, KEY, type Stage, startStage } from './stage.ts'

const ZOE = '15550001111'
const SENDS = 'POST /*/messages'

async function standing(t: Ending) {
  const stage = await startStage(t)
  stage.meta.limits({ window: false })
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('all')
  return { stage, number, receiver, send: (text: string, key?: string) => sendTo(stage, ZOE, text, key) }
}

function sendTo(stage: Stage, to: string, text: string, idempotencyKey?: string) {
  return stage.api.sendMessage({ account_id: 'shop', to, text }, idempotencyKey === undefined ? {} : { idempotencyKey })
}

/** The refusal of a call, as the client tells it: code, status, sentence, facts. */
async function refusal(call: Promise<unknown>): Promise<Failure> {
  const failure = await call.then(
    (answer) => assert.fail(`it went through: ${JSON.stringify(answer)}`),
    (thrown: Failure) => thrown,
  )
  assert.ok(FAILURES.includes(failure.code), String(failure))
  return failure
}

/** Calls of Graph that send or mark as read. */
function sendsOf(stage: Stage) {
  return stage.meta.requests().filter(({ method, path }) => method === 'POST' && path.endsWith('/messages'))
}

async function postSend(
  stage: Stage,
  body: unknown,
  accept = 'text/plain',
): Promise<{ status: number; text: string; type: string }> {
  const response = await fetch(`${stage.url}/api/send`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', accept },
    body: JSON.stringify(body),
  })
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') ?? '' }
}

it('a number is understood however people write it, and what is none is refused before anything goes out', async (t) => {
  const { stage } = await standing(t)
  for (const to of [
    '+1 (555) 000-1111',
    '15550001111',
    '0015550001111',
    ' 1-555-000.1111 ',
    '15550001111@s.whatsapp.net',
    '\u202a+1 555 000 1111\u202c',
  ])
    await sendTo(stage, to, 'hello')
  assert.deepEqual(new Set(sendsOf(stage).map(({ body }) => (body as { to: string }).to)), new Set([`+${ZOE}`]))
  const had = sendsOf(stage).length
  for (const to of [
    'hello',
    '',
    '+',
    '123',
    '1'.repeat(16),
    '082 123 4567',
    '1203630@g.us',
    '12@lid',
    'a@b.c',
    '+1555000111x',
  ]) {
    const { status, text } = await postSend(stage, { account_id: 'shop', to, text: 'x' })
    assert.deepEqual([status, text.startsWith('to: ')], [400, true], `${to}: ${text}`)
  }
  for (const text of ['', 'x'.repeat(4097), 5, null]) {
    const answer = await postSend(stage, { account_id: 'shop', to: ZOE, text })
    assert.deepEqual([answer.status, answer.text.startsWith('text: ')], [400, true], answer.text)
  }
  assert.equal(sendsOf(stage).length, had)
  await sendTo(stage, ZOE, 'x'.repeat(4096))
  checkGraphCalls(stage.meta)
})

it('an account that is not there, or is disabled, sends nothing and says why', async (t) => {
  const { stage, send } = await standing(t)
  const unknown = await postSend(stage, { account_id: 'nobody', to: ZOE, text: 'x' })
  assert.deepEqual([unknown.status, unknown.text], [400, 'account_id: there is no account "nobody"'])
  await stage.api.disableAccount({ id: 'shop' })
  const disabled = await refusal(send('x'))
  assert.deepEqual([disabled.code, disabled.facts.status], ['disabled', 400])
  const read = await refusal(stage.api.markAsRead({ account_id: 'shop', message_id: 'wamid.x' }))
  assert.equal(read.code, 'disabled')
  assert.equal(sendsOf(stage).length, 0)
  await stage.api.enableAccount({ id: 'shop' })
  await send('x')
  assert.equal(sendsOf(stage).length, 1)
})

it("what Meta refuses is told in Meta's words, once, with all that its support asks for and without the token", async (t) => {
  const { stage, number, receiver } = await standing(t)
  const { message_id } = await sendTo(stage, ZOE, 'so that there is one')
  stage.meta.faults.add({
    match: SENDS,
    action: { kind: 'error', code: 131047, message: `(#131047) Re-engagement message ${number.token}` },
    when: { next: 2 },
  })
  const had = sendsOf(stage).length
  const plain = await postSend(stage, { account_id: 'shop', to: ZOE, text: 'x' })
  assert.match(plain.type, /^text\/plain/)
  assert.equal(plain.status, 500)
  assert.match(plain.text, /Send failed.*Re-engagement message.*131047.*fbtrace_id A\S{22}.*only a template/s)
  const problem = await postSend(stage, { account_id: 'shop', to: ZOE, text: 'x' }, 'application/problem+json')
  assert.match(problem.type, /problem\+json/)
  const said = JSON.parse(problem.text)
  assert.deepEqual([said.status, said.code, said.http_status, said.meta_code], [500, 'upstream', 400, 131047])
  assert.equal(sendsOf(stage).length, had + 2, 'each was made once')
  for (const { text } of [plain, problem]) assert.ok(!text.includes(number.token))
  const self = await refusal(sendTo(stage, number.displayPhoneNumber, 'to myself'))
  assert.match(self.message, /131021.*/s)
  assert.match(self.message, /Recipient phone number cannot be the sender/)
  const { details, fbtrace_id, meta_code, meta_title } = self.facts
  assert.equal(meta_code, 131021)
  assert.match(`${meta_title}|${details}|${fbtrace_id}`, /131021.*\|.*sender.*\|A\S{22}$/)
  const failed = await nextEvent(receiver, ({ type, data }) => type === 'message.failed' && data.error.code === 131021)
  const kept = await stage.api.getMessage({ id: failed.data.message_id })
  assert.deepEqual([kept.status, kept.transport_id], ['failed', null])
  assert.notEqual(failed.data.message_id, message_id)
  assert.ok(!receiver.received.some(({ body }) => body.includes(number.token)))
  checkGraphCalls(stage.meta)
})

it('what a moment later goes through is tried again by itself, after the wait that Meta asks for', async (t) => {
  const { stage, send } = await standing(t)
  stage.meta.faults.add({ match: SENDS, action: { kind: 'error', code: 131016 }, when: { next: 1 } })
  await send('busy')
  assert.equal(sendsOf(stage).length, 2)
  stage.meta.faults.add({ match: SENDS, action: { kind: 'throttle', retryAfter: 2 }, when: { next: 1 } })
  const began = performance.now()
  await send('throttled')
  assert.ok(performance.now() - began >= 1990)
  assert.equal(sendsOf(stage).length, 4)
  stage.meta.faults.add({ match: SENDS, action: { kind: 'throttle', retryAfter: 40 }, when: { next: 1 } })
  const late = await refusal(send('too long'))
  assert.deepEqual([late.code, late.retryAfterS, sendsOf(stage).length], ['upstream', 40, 5])
  checkGraphCalls(stage.meta)
})

it('a lost answer is 502 with our id, unknown at once, never sent again, and settled by the status under that id', async (t) => {
  const { stage, receiver, send } = await standing(t)
  stage.meta.holdCallbacks()
  stage.meta.faults.add({
    match: SENDS,
    action: { kind: 'reset', when: 'after-body' },
    when: { next: 1 },
    processed: true,
  })
  const lost = await refusal(send('lost', 'key-1'))
  const id = String(lost.facts.message_id)
  assert.deepEqual([lost.code, lost.facts.status], ['lost-answer', 502])
  assert.match(id, /^msg_/)
  assert.ok(lost.message.includes(id))
  const unknown = await nextEvent(receiver, ({ type }) => type === 'message.unknown')
  assert.deepEqual([unknown.data.message_id, unknown.data.transport_id, unknown.data.chat.id], [id, null, ZOE])
  assert.equal((await stage.api.getMessage({ id })).status, 'unknown')
  const again = await refusal(send('lost', 'key-1'))
  assert.deepEqual([again.code, again.facts.message_id], ['lost-answer', id])
  stage.meta.releaseCallbacks()
  await nextEvent(receiver, ({ type }) => type === 'message.delivered')
  await stage.meta.settled()
  const [out] = stage.meta.messages()
  const told = eventsOf(receiver)
  assert.deepEqual(
    told.map(({ type, data }) => [type, data.message_id, data.transport_id]),
    [
      ['message.unknown', id, null],
      ['message.sent', id, out?.id],
      ['message.delivered', id, out?.id],
    ],
  )
  const kept = await stage.api.getMessage({ id })
  assert.deepEqual([kept.status, kept.message_id, kept.transport_id], ['delivered', id, out?.id])
  assert.deepEqual(await stage.api.getMessage({ id: String(out?.id) }), kept)
  assert.deepEqual(await send('lost', 'key-1'), { status: 'ok', message_id: id, message_status: 'sent' })
  assert.equal(sendsOf(stage).length, 1)
  await stage.restart()
  assert.deepEqual(await send('lost', 'key-1'), { status: 'ok', message_id: id, message_status: 'sent' })
  checkGraphCalls(stage.meta)
})

it('a lost answer of a call that Meta never took stays unknown', async (t) => {
  const { stage, receiver, send } = await standing(t)
  for (const action of [
    { kind: 'reset', when: 'after-body' },
    { kind: 'html', status: 502 },
    { kind: 'empty' },
  ] as const) {
    stage.meta.faults.add({ match: SENDS, action, when: { next: 1 }, processed: false })
    const { facts, code } = await refusal(send('lost'))
    assert.equal(code, 'lost-answer')
    await nextEvent(receiver, ({ type, data }) => type === 'message.unknown' && data.message_id === facts.message_id)
    assert.equal((await stage.api.getMessage({ id: String(facts.message_id) })).status, 'unknown')
  }
  assert.equal(sendsOf(stage).length, 3)
})

it('statuses that come before the answer are told under the id that the send then answers, and sent only once', async (t) => {
  const { stage, receiver, send } = await standing(t)
  stage.meta.faults.add({ match: SENDS, action: { kind: 'slow', ms: 700 }, when: { next: 1 } })
  const answer = send('slow')
  const delivered = await nextEvent(receiver, ({ type }) => type === 'message.delivered')
  assert.equal(await Promise.race([answer, 'not yet']), 'not yet')
  const { message_id } = await answer
  await stage.meta.settled()
  assert.equal(delivered.data.message_id, message_id)
  assert.equal((await stage.api.getMessage({ id: message_id })).status, 'delivered')
  // Another message after it: whatever was still to be told of the first one has been told before its own.
  const later = await send('later')
  await nextEvent(receiver, ({ type, data }) => type === 'message.delivered' && data.message_id === later.message_id)
  const told = eventsOf(receiver).filter(({ data }) => data.message_id === message_id)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['message.sent', 'message.delivered'],
  )
})

it('messages are marked as read, and ids that Meta does not know are refused in its words', async (t) => {
  const { stage, number } = await standing(t)
  const said = stage.meta.customer(ZOE).says('read me', number.phoneNumberId)
  stage.meta.faults.add({ match: SENDS, action: { kind: 'reset', when: 'after-body' }, when: { next: 1 } })
  assert.deepEqual(await stage.api.markAsRead({ account_id: 'shop', message_id: said.id }), { status: 'ok' })
  assert.equal(stage.meta.messages().find(({ id }) => id === said.id)?.status, 'read')
  const unknown = await refusal(stage.api.markAsRead({ account_id: 'shop', message_id: 'wamid.bm9ib2R5' }))
  assert.deepEqual([unknown.code, unknown.facts.status], ['upstream', 500])
  assert.equal(unknown.facts.meta_code, 100)
  assert.match(unknown.message, /wamid\.bm9ib2R5 does not exist/)
  checkGraphCalls(stage.meta)
})
