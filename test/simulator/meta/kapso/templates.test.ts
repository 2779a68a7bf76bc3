// An independent client makes, lists and deletes templates.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TemplateDefinition } from '@kapso/whatsapp-cloud-api'
import { type ClientStage, refusal, setClientStage } from './client.ts'

const body = { type: 'BODY', text: 'Hello {{1}}, your order is ready.', example: { bodyText: [['Zoë']] } }

function create({ client, wabaId }: ClientStage, name: string, language = 'en_US') {
  const what = { businessAccountId: wabaId, name, language, category: 'UTILITY' }
  return client.templates.create({ ...what, components: [body] })
}

test('a template that was made is under review, and listed as it was made', async (t) => {
  const stage = await setClientStage(t)
  const { client, wabaId } = stage
  const definition = TemplateDefinition.buildTemplateDefinition({
    name: 'seasonal_promo',
    language: 'en_US',
    category: 'MARKETING',
    parameterFormat: 'NAMED',
    components: [
      {
        type: 'HEADER',
        format: 'TEXT',
        text: 'Our {{sale_name}} is on!',
        example: { headerTextNamedParams: [{ paramName: 'sale_name', example: 'Summer Sale' }] },
      },
      {
        type: 'BODY',
        text: 'Until {{end_date}}, come in.',
        example: { bodyTextNamedParams: [{ paramName: 'end_date', example: 'Aug 31' }] },
      },
      { type: 'FOOTER', text: 'Tap below' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'Unsubscribe' },
          { type: 'URL', text: 'Shop', url: 'https://example.com/{{1}}', example: ['SALE25'] },
        ],
      },
    ],
  })
  const { name, language, category, parameterFormat, components } = definition
  const made = await client.templates.create({
    ...{ businessAccountId: wabaId, name, language, category },
    ...(parameterFormat ? { parameterFormat } : {}),
    components: components as [(typeof components)[number]],
  })
  assert.match(made.id, /^\d+$/)
  assert.deepEqual([made.status, made.category], ['PENDING', 'MARKETING'])
  const [listed] = (await client.templates.list({ businessAccountId: wabaId, name })).data
  assert.deepEqual([listed?.id, listed?.status, listed?.language], [made.id, 'PENDING', 'en_US'])
  assert.deepEqual(
    listed?.components?.map(({ type }) => type),
    ['HEADER', 'BODY', 'FOOTER', 'BUTTONS'],
  )
})

test('lists are filtered, and turned page by page', async (t) => {
  const stage = await setClientStage(t)
  const { client, wabaId } = stage
  for (const name of ['one', 'two', 'three']) await create(stage, name)
  const first = await client.templates.list({ businessAccountId: wabaId, limit: 2 })
  assert.equal(first.data.length, 2)
  assert.ok(first.paging.next)
  const after = first.paging.cursors?.after ?? ''
  const second = await client.templates.list({ businessAccountId: wabaId, limit: 2, after })
  assert.equal(second.data.length, 1)
  assert.equal(second.paging.next, undefined)
  const names = [...first.data, ...second.data].map(({ name }) => name)
  assert.deepEqual(names.toSorted(), ['one', 'three', 'two'])
  const approved = await client.templates.list({ businessAccountId: wabaId, status: 'APPROVED' })
  assert.deepEqual(approved.data, [])
})

test('a template is deleted by its name, in all languages', async (t) => {
  const stage = await setClientStage(t)
  const { client, wabaId } = stage
  await create(stage, 'hello')
  await create(stage, 'hello', 'de')
  assert.deepEqual(await client.templates.delete({ businessAccountId: wabaId, name: 'hello' }), { success: true })
  assert.deepEqual((await client.templates.list({ businessAccountId: wabaId, name: 'hello' })).data, [])
  const { httpStatus, code, errorSubcode } = await refusal(
    client.templates.delete({ businessAccountId: wabaId, name: 'hello' }),
  )
  assert.deepEqual([httpStatus, code, errorSubcode], [400, 100, 2593002])
})

test('what Meta would not take is refused in its words', async (t) => {
  const stage = await setClientStage(t)
  const { client, wabaId } = stage
  await create(stage, 'hello')
  const again = await refusal(create(stage, 'hello'))
  assert.deepEqual([again.code, again.category], [100, 'parameter'])
  const badName = await refusal(create(stage, 'Hello There'))
  assert.equal(badName.code, 100)
  const noExample = { businessAccountId: wabaId, name: 'bare', language: 'en_US', category: 'UTILITY' }
  const bare = await refusal(
    client.templates.create({ ...noExample, components: [{ type: 'BODY', text: 'Hello {{1}}, all well?' }] }),
  )
  assert.equal(bare.code, 100)
})
