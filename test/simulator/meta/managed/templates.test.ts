// Templates of the simulated Meta: made, listed, edited, deleted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, setStage } from '../stage.ts'
import { bodyOf, dataOf, namesOf, orderTemplate, plainTemplate } from './parts.ts'

const day = 24 * 60 * 60 * 1000

test('a new template is pending, and reads show it as it was made', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  const made = await graph(path, { body: orderTemplate() })
  assert.deepEqual(Object.keys(made.body).toSorted(), ['category', 'id', 'status'])
  assert.equal(made.body.status, 'PENDING')
  assert.match(made.body.id, /^[1-9]\d{0,15}$/)
  assert.ok(made.headers.get('x-business-use-case-usage')?.includes(number.wabaId))
  const [listed] = dataOf(await graph(path))
  assert.deepEqual(listed, {
    ...orderTemplate(),
    parameter_format: 'POSITIONAL',
    status: 'PENDING',
    id: made.body.id,
  })
  const one = bodyOf(await graph(`/v21.0/${made.body.id}?fields=name,rejected_reason,quality_score`))
  assert.equal(one.name, 'order_ready')
  assert.equal(one.rejected_reason, 'NONE')
  assert.equal((one.quality_score as { score: string }).score, 'UNKNOWN')
})

test('types and formats may be written small, and are read in capitals', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  const components = [
    { type: 'header', format: 'location' },
    { type: 'body', text: 'It is on its way.' },
    { type: 'buttons', buttons: [{ type: 'quick_reply', text: 'Stop' }] },
  ]
  await graph(path, { body: plainTemplate({ components }) })
  assert.deepEqual(dataOf(await graph(path))[0]?.components, [
    { type: 'HEADER', format: 'LOCATION' },
    { type: 'BODY', text: 'It is on its way.' },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Stop' }] },
  ])
})

test('an authentication template gets its texts from Meta, and its button is a URL', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  const components = [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 10 },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', text: 'Copy' }] },
  ]
  const wish = { name: 'code', language: 'en_US', category: 'AUTHENTICATION' }
  assert.equal((await graph(path, { body: { ...wish, components } })).status, 200)
  const [body, footer, buttons] = (dataOf(await graph(path))[0]?.components ?? []) as Record<string, unknown>[]
  assert.match(String(body?.text), /^\*\{\{1\}\}\* is your verification code\. /)
  assert.equal(footer?.text, 'This code expires in 10 minutes.')
  const [button] = (buttons?.buttons ?? []) as Record<string, unknown>[]
  assert.equal(button?.type, 'URL')
  assert.match(String(button?.url), /^https:\/\/www\.whatsapp\.com\/otp\/code\/\?otp_type=COPY_CODE.*\{\{1\}\}$/)
  const withText = [{ type: 'BODY', text: 'Your code is {{1}}.' }, components[2]]
  assertError(await graph(path, { body: { ...wish, name: 'other', components: withText } }), { status: 400, code: 100 })
  const oneTap = [components[0], { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'ONE_TAP' }] }]
  assertError(await graph(path, { body: { ...wish, name: 'other', components: oneTap } }), {
    ...{ status: 400, code: 100, subcode: 2388043 },
  })
})

test('lists are filtered by name, content, status, category, language and quality', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  const body = (text: string) => [{ type: 'BODY', text }]
  simulator.addTemplate({ name: 'spring_sale', category: 'MARKETING', components: body('Tulips for all.') })
  simulator.addTemplate({ name: 'sale_over', category: 'MARKETING', language: 'de', status: 'PAUSED' })
  simulator.addTemplate({ name: 'receipt', quality: 'RED', components: body('Your sale is closed.') })
  const found = async (query: string) => namesOf(await graph(`${path}?${query}`))
  assert.deepEqual(await found('name=sale'), ['spring_sale', 'sale_over'])
  assert.deepEqual(await found('content=TULIPS'), ['spring_sale'])
  assert.deepEqual(await found('name_or_content=sale'), ['spring_sale', 'sale_over', 'receipt'])
  assert.deepEqual(await found('status=PAUSED'), ['sale_over'])
  assert.deepEqual(await found('status=APPROVED,PAUSED&category=MARKETING'), ['spring_sale', 'sale_over'])
  assert.deepEqual(await found('language=de'), ['sale_over'])
  assert.deepEqual(await found('quality_score=RED'), ['receipt'])
  assert.deepEqual((await graph(`${path}?name=nothing`)).body, { data: [] })
  assertError(await graph(`${path}?status=GOOD`), { status: 400, code: 100, message: /Param status must be one of/ })
})

test('lists come in pages, and next is there only when there is more', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  for (let i = 0; i < 5; i += 1) simulator.addTemplate({ name: `template_${i}` })
  const path = `/v21.0/${number.wabaId}/message_templates?limit=2&fields=name`
  const first = await graph(path)
  assert.deepEqual(namesOf(first), ['template_0', 'template_1'])
  assert.ok(first.body.paging.next)
  const second = await graph(`${path}&after=${first.body.paging.cursors.after}`)
  const third = await graph(`${path}&after=${second.body.paging.cursors.after}`)
  assert.deepEqual(namesOf(third), ['template_4'])
  assert.equal(third.body.paging.next, undefined)
  simulator.limits({ page: 3 })
  assert.equal((await graph(`/v21.0/${number.wabaId}/message_templates?limit=100`)).body.data.length, 3)
})

test('a name and language that is taken is refused with 2388024, another language is not', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  await graph(path, { body: plainTemplate() })
  assertError(await graph(path, { body: plainTemplate() }), { status: 400, code: 100, subcode: 2388024 })
  assert.equal((await graph(path, { body: plainTemplate({ language: 'de' }) })).status, 200)
})

test('deleting by name takes every language, by id exactly one', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  const [english, german] = ['en_US', 'de'].map((language) => simulator.addTemplate({ name: 'mug', language }))
  simulator.addTemplate({ name: 'mug', language: 'fr' })
  const removed = await graph(`${path}?hsm_id=${german?.id}&name=mug`, { method: 'DELETE' })
  assert.deepEqual(removed.body, { success: true })
  assert.deepEqual(
    dataOf(await graph(path)).map(({ language }) => language),
    ['en_US', 'fr'],
  )
  const other = await graph(`${path}?hsm_id=${english?.id}&name=cup`, { method: 'DELETE' })
  assertError(other, { status: 400, code: 100, subcode: 2593002 })
  assert.equal((await graph(`${path}?name=mug`, { method: 'DELETE' })).status, 200)
  assert.deepEqual((await graph(path)).body, { data: [] })
})

test('what is not there cannot be deleted: 2593002 with a title and a sentence', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  const answer = await graph(`${path}?name=nothing`, { method: 'DELETE' })
  assertError(answer, { status: 400, code: 100, subcode: 2593002 })
  const error = bodyOf(answer).error as Record<string, unknown>
  assert.equal(typeof error.error_user_title, 'string')
  assert.match(String(error.error_user_msg), /nothing/)
  assertError(await graph(path, { method: 'DELETE' }), {
    status: 400,
    code: 100,
    message: /parameter name is required/,
  })
})

test('the name of a deleted template is blocked for 30 days if it was approved', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  simulator.addTemplate({ name: 'hello' })
  await graph(`${path}?name=hello`, { method: 'DELETE' })
  const blocked = { status: 400, code: 100, subcode: 2388023 }
  assertError(await graph(path, { body: plainTemplate() }), blocked)
  simulator.advance(29 * day)
  assertError(await graph(path, { body: plainTemplate() }), blocked)
  simulator.advance(2 * day)
  assert.equal((await graph(path, { body: plainTemplate() })).status, 200)
  await graph(`${path}?name=hello`, { method: 'DELETE' })
  assert.equal((await graph(path, { body: plainTemplate() })).status, 200, 'a pending one leaves its name free')
})

test('no account makes more than 100 templates in an hour', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/message_templates`
  for (let i = 0; i < 100; i += 1) await graph(path, { body: plainTemplate({ name: `many_${i}` }) })
  const one = { body: plainTemplate({ name: 'one_more' }) }
  assertError(await graph(path, one), { status: 400, code: 100, subcode: 2388019 })
  simulator.advance(day / 24)
  assert.equal((await graph(path, one)).status, 200)
})

test('an edited template goes to review again; one under review cannot be edited', async (t) => {
  const { simulator, graph } = await setStage(t)
  const { id } = simulator.addTemplate({ name: 'mug' })
  const body = { components: [{ type: 'BODY', text: 'The mug is here.' }] }
  assert.deepEqual((await graph(`/v21.0/${id}`, { body })).body, { success: true })
  const read = bodyOf(await graph(`/v21.0/${id}`))
  assert.equal(read.status, 'PENDING')
  assert.deepEqual(read.components, body.components)
  assertError(await graph(`/v21.0/${id}`, { body }), { status: 400, code: 100, message: /PENDING/ })
  simulator.changeTemplate(id, { status: 'APPROVED' })
  assertError(await graph(`/v21.0/${id}`, { body: { category: 'MARKETING' } }), { status: 400, code: 100 })
  assertError(await graph(`/v21.0/${id}`, { body: { components: [] } }), { status: 400, code: 100, subcode: 2388043 })
  assertError(await graph(`/v21.0/${id}`, { method: 'DELETE' }), { status: 400, code: 100, subcode: 33 })
})

test('the templates of others are not there, and without the permission none are', async (t) => {
  const { simulator, graph } = await setStage(t)
  const { id } = simulator.addTemplate()
  const stranger = simulator.addNumber({ wabaId: '990000000000001', appId: '880000000000001' })
  assertError(await graph(`/v21.0/${id}`, { token: stranger.token }), { status: 400, code: 100, subcode: 33 })
  const [wabaId] = simulator.templates().map(({ accountId }) => accountId)
  const sender = simulator.addToken({ scopes: ['whatsapp_business_messaging'], wabaIds: [wabaId ?? ''] })
  assertError(await graph(`/v21.0/${id}`, { token: sender }), { status: 403, code: 200 })
})
