// What is managed at Meta, whole: lists to their end, deleting only what was meant, flows with mistakes in them.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { eventsOf, nextEvent } from '../events.ts'
import { checkGraphCalls } from '../graph-calls.ts'
import { type Stage, startStage } from '../stage.ts'

const SHOP = { account_id: 'shop' }
/** More than two of Meta's pages. */
const MANY = 230

let stage: Stage
let number: NumberSetup
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  number = await stage.addAccount('shop')
})
afterEach(() => stage.meta.faults.clear())
after(async () => {
  checkGraphCalls(stage.meta, { passedOn: true })
  for (const end of ends) await end()
})

type Listed = Record<string, unknown> & { data?: Record<string, unknown>[] }

/** What a list holds, by one field, sorted; the list has nothing beside its data. */
function valuesIn(list: Readonly<Record<string, unknown>>, field: string): unknown[] {
  assert.deepEqual(Object.keys(list), ['data'])
  return ((list as Listed).data ?? []).map((item) => item[field]).toSorted()
}

const named = (prefix: string) => Array.from({ length: MANY }, (_, at) => `${prefix}_${String(at).padStart(3, '0')}`)

describe('a list', () => {
  it('of templates is told to its end, however many pages it has', async () => {
    const names = named('template')
    for (const name of names) stage.meta.addTemplate({ name })
    assert.deepEqual(valuesIn(await stage.api.listTemplates(SHOP), 'name'), names)
  })
  it('of flows is, too', async () => {
    const names = named('flow')
    for (const name of names) stage.meta.addFlow({ name })
    assert.deepEqual(valuesIn(await stage.api.listFlows(SHOP), 'name'), names)
  })
  it('of numbers is, too', async () => {
    const { wabaId, token, phoneNumberId } = number
    const others = Array.from({ length: MANY }, () => stage.meta.addNumber({ wabaId, token }).phoneNumberId)
    assert.deepEqual(valuesIn(await stage.api.listPhoneNumbers(SHOP), 'id'), [phoneNumberId, ...others].toSorted())
  })
  it('of catalogs is, too, and so are the products of one', async () => {
    const names = named('catalog')
    const catalogs = names.map((name) => stage.meta.addCatalog({ name }))
    const skus = named('sku')
    stage.meta.addProducts(
      String(catalogs[0]?.id),
      skus.map((retailer_id) => ({ retailer_id })),
    )
    assert.deepEqual(valuesIn(await stage.api.listCatalogs(SHOP), 'name'), names)
    const products = await stage.api.listProducts({ ...SHOP, catalog_id: String(catalogs[0]?.id) })
    assert.deepEqual(valuesIn(products, 'retailer_id'), skus)
  })
  it('whose second page Meta refuses is refused as a whole: half of it would be a lie', async () => {
    stage.meta.faults.add({
      match: 'GET /*/message_templates',
      action: { kind: 'error', code: 100 },
      when: { every: 2 },
    })
    await assert.rejects(stage.api.listTemplates(SHOP), /Meta API error: .*code 100/)
  })
})

describe('deleting a template', () => {
  it('takes the one in that language, and leaves those in others and those whose name begins alike', async () => {
    const there = () =>
      stage.meta
        .templates()
        .filter(({ name, status }) => name.startsWith('bye') && status === 'APPROVED')
        .map(({ name, language }) => `${name} ${language}`)
        .toSorted()
    for (const language of ['en_US', 'en', 'de']) stage.meta.addTemplate({ name: 'bye', language })
    stage.meta.addTemplate({ name: 'bye_bye', language: 'en' })
    assert.deepEqual(await stage.api.deleteTemplate({ ...SHOP, name: 'bye', language: 'en' }), { status: 'ok' })
    assert.deepEqual(there(), ['bye de', 'bye en_US', 'bye_bye en'])
    await assert.rejects(
      stage.api.deleteTemplate({ ...SHOP, name: 'bye', language: 'en' }),
      /"bye" in en not found.*It is there in/,
    )
    assert.deepEqual(there(), ['bye de', 'bye en_US', 'bye_bye en'])
  })
})

describe('a template that is made', () => {
  it('waits for Meta, whose word comes as an event, and can be sent then', async () => {
    stage.meta.limits({ window: false })
    const receiver = await stage.addHook('all')
    const made = await stage.api.uploadTemplate({
      ...SHOP,
      name: 'bill_ready',
      language: 'en_US',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Your bill is ready to be looked at.' }],
    })
    assert.deepEqual([made.status, made.category], ['PENDING', 'UTILITY'])
    const send = () =>
      stage.api.sendTemplate({
        ...SHOP,
        to: '+15550001111',
        template: { name: 'bill_ready', language: { code: 'en_US' } },
      })
    await assert.rejects(send(), /132001/)
    stage.meta.changeTemplate(String(made.id), { status: 'APPROVED' })
    const told = await nextEvent(receiver, ({ type }) => type === 'template.status')
    assert.equal(told.account_id, 'shop')
    assert.equal((await send()).status, 'ok')
    assert.ok(!eventsOf(receiver).some((event) => JSON.stringify(event).includes(number.token)))
  })
})

describe('a flow', () => {
  it('with mistakes is taken with them named, is not published so, and is once they are put right', async () => {
    const { flows } = stage.meta
    const { id } = await stage.api.createFlow({ ...SHOP, name: 'Booking', categories: ['APPOINTMENT_BOOKING'] })
    const flow = { ...SHOP, flow_id: String(id) }
    const bad = await stage.api.uploadFlowAsset({
      ...flow,
      asset_name: 'flow.json',
      asset_data: JSON.stringify({ version: '7.1', screens: [{ id: 'A', surplus: 1 }] }),
    })
    assert.equal(bad.success, true)
    const errors = bad.validation_errors as { error: string; message: string; line_start: number }[]
    assert.ok(errors.length > 0)
    for (const { error, message } of errors) assert.ok(error && message)
    assert.ok(JSON.stringify(errors).includes('surplus'))
    await assert.rejects(stage.api.publishFlow(flow), /139002/)
    const good = flows()[0]?.json ?? ''
    const { validation_errors } = await stage.api.uploadFlowAsset({ ...flow, asset_name: 'any.json', asset_data: good })
    assert.deepEqual(validation_errors, [])
    assert.deepEqual(await stage.api.publishFlow(flow), { status: 'ok' })
    assert.equal((await stage.api.getFlow(flow)).status, 'PUBLISHED')
    await assert.rejects(stage.api.deleteFlow(flow), /139004/)
    assert.deepEqual(await stage.api.deprecateFlow(flow), { status: 'ok' })
    assert.equal(flows().find((one) => one.id === id)?.status, 'DEPRECATED')
  })
})

describe('a file', () => {
  it('is kept at Meta with its name and type, is sent by its id, and is gone when it was deleted', async () => {
    const file = new File(['%PDF-1.7'], 'bill.pdf', { type: 'application/pdf' })
    const { id } = await stage.api.uploadMedia({ ...SHOP, file })
    const kept = stage.meta.media().find((one) => one.id === id)
    assert.deepEqual([kept?.mimeType, kept?.filename, kept?.size], ['application/pdf', 'bill.pdf', 8])
    const send = () => stage.api.sendDocument({ ...SHOP, to: '+15550001111', media_id: String(id), filename: 'a.pdf' })
    assert.equal((await send()).status, 'ok')
    assert.deepEqual(await stage.api.deleteMediaFile({ ...SHOP, media_id: String(id) }), { status: 'ok' })
    await assert.rejects(send(), /Meta/)
    await assert.rejects(stage.api.deleteMediaFile({ ...SHOP, media_id: String(id) }), /nothing with that id|code 100/)
  })
})
