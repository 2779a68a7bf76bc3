// What is managed at Meta, call by call, over the simulated Meta; what was asked is held to its document at the end.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { BusinessLine } from '../../../src/transports/transport.ts'
import { failureOf, fileOf, type NumberStand, numberStand } from './number-stand.ts'

let at: NumberStand
let business: BusinessLine
before(async () => {
  at = await numberStand({ businessId: '600000000000001', verified: false })
  business = at.business
})
after(() => at.close())

const refusal = (doing: Promise<unknown>) => failureOf(doing, at.number.token)
type Items = { data: Record<string, unknown>[] }
const namesIn = (list: unknown): unknown[] => (list as Items).data.map(({ name }) => name)
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('templates', () => {
  const body = [{ type: 'BODY', text: 'Your order is ready.' }]
  it('are listed from all their pages, without the address of the next one', async () => {
    assert.deepEqual(await business.templates.list(), { data: [] })
    const all = Array.from({ length: 230 }, (_, index) => `many_${String(index).padStart(3, '0')}`)
    for (const name of all) at.meta.addTemplate({ name, language: 'en_US' })
    const list = await business.templates.list()
    assert.deepEqual(namesIn(list).toSorted(), all)
    assert.deepEqual(Object.keys(list), ['data'])
    const { components, quality_score } = (list as Items).data[0] ?? {}
    assert.ok(components && quality_score)
    for (const { id } of at.meta.templates()) at.meta.changeTemplate(id, { status: 'APPROVED' })
  })
  it('are made, and Meta’s answer comes back', async () => {
    const made = await business.templates.create({
      name: 'order_ready',
      language: 'en_US',
      category: 'UTILITY',
      components: body,
    })
    assert.deepEqual([made.status, made.category], ['PENDING', 'UTILITY'])
    const twice = { name: 'order_ready', language: 'en_US', category: 'UTILITY', components: body }
    const error = await refusal(business.templates.create(twice))
    assert.deepEqual([error.code, error.facts.code], ['upstream', 100])
    assert.match(error.message, /^Meta API error: .*code 100, subcode \d+, fbtrace_id/)
  })
  it('are deleted in one language only, and not by a name that only contains theirs', async () => {
    for (const [name, language] of [
      ['bye', 'en_US'],
      ['bye', 'de'],
      ['bye_bye', 'de'],
    ] as const)
      at.meta.addTemplate({ name, language })
    await business.templates.remove('bye', 'de')
    const left = at.meta.templates().filter(({ name }) => name.startsWith('bye'))
    assert.deepEqual(
      left.map(({ name, language }) => `${name} ${language}`),
      ['bye en_US', 'bye_bye de'],
    )
    const error = await refusal(business.templates.remove('bye', 'de'))
    assert.deepEqual([error.code, error.facts.code, error.facts.subcode], ['upstream', 100, 2593002])
    assert.match(error.message, /^Meta API error: Invalid parameter\. .*"bye" in de.*It is there in en_US/)
    assert.equal(at.calls('DELETE').length, 1)
  })
})

describe('flows', () => {
  it('go from a draft over its JSON to what can be sent, and end', async () => {
    const { flows } = business
    const { id } = (await flows.create('Booking', ['APPOINTMENT_BOOKING'])) as { id: string }
    const bad = await flows.uploadAsset(id, { name: 'my booking.json', json: '{"version":' })
    assert.equal(bad.success, true)
    assert.ok((bad.validation_errors as unknown[]).length > 0)
    assert.equal((await refusal(flows.publish(id))).facts.code, 139002)
    const json = at.meta.addFlow().json ?? ''
    assert.deepEqual((await flows.uploadAsset(id, { name: 'my booking.json', json })).validation_errors, [])
    const [upload] = at.calls('/assets').slice(-1)
    assert.deepEqual(upload?.body, {
      name: 'flow.json',
      asset_type: 'FLOW_JSON',
      file: {
        filename: 'my booking.json',
        type: 'application/json',
        size: Buffer.byteLength(json),
        sha256: sha256(json),
      },
    })
    await flows.publish(id)
    const { name, status, json_version, preview } = await flows.get(id)
    assert.deepEqual([name, status], ['Booking', 'PUBLISHED'])
    assert.ok(json_version && preview)
    assert.equal((await refusal(flows.remove(id))).facts.code, 139004)
    await flows.deprecate(id)
    assert.equal((await flows.get(id)).status, 'DEPRECATED')
    assert.ok(namesIn(await flows.list()).includes('Booking'))
  })
  it('that are drafts can be deleted; then they are not there', async () => {
    const { id } = (await business.flows.create('Short', ['OTHER'])) as { id: string }
    await business.flows.remove(id)
    const error = await refusal(business.flows.get(id))
    assert.deepEqual([error.facts.code, error.facts.subcode], [100, 33])
    assert.match(error.message, /nothing with that id/)
    assert.doesNotMatch(error.message, /phone_number_id/)
  })
})

describe('phone numbers', () => {
  it('are listed, and go from a code to being registered', async () => {
    const { phoneNumbers } = business
    const id = at.number.phoneNumberId
    assert.equal((await refusal(phoneNumbers.register(id, '123456'))).facts.code, 133006)
    await phoneNumbers.requestCode(id, 'SMS', 'en_US')
    const again = await refusal(phoneNumbers.requestCode(id, 'VOICE', 'en_US'))
    assert.equal(again.facts.code, 136024)
    const right = at.meta.verificationCode(id) ?? ''
    const wrong = right === '111111' ? '222222' : '111111'
    assert.equal((await refusal(phoneNumbers.verifyCode(id, wrong))).facts.code, 136025)
    await phoneNumbers.verifyCode(id, right)
    await phoneNumbers.register(id, '123456')
    assert.equal((await refusal(phoneNumbers.register(id, '654321'))).facts.code, 133005)
    const list = (await phoneNumbers.list()) as Items
    assert.deepEqual(
      list.data.map(({ id: one, code_verification_status: status, platform_type: platform }) => [
        one,
        status,
        platform,
      ]),
      [[id, 'VERIFIED', 'CLOUD_API']],
    )
  })
})

describe('catalogs', () => {
  const listOf = (cloud: object) => (at.open(cloud).business as BusinessLine).catalogs.list()
  it('are listed with all their products', async () => {
    const catalog = at.meta.addCatalog({ wabaIds: [at.number.wabaId], name: 'Shop' })
    at.meta.addProducts(
      catalog.id,
      Array.from({ length: 120 }, (_, index) => ({ retailer_id: `sku-${index}` })),
    )
    assert.deepEqual(namesIn(await business.catalogs.list()), ['Shop'])
    const products = (await business.catalogs.products(catalog.id)) as Items
    assert.equal(products.data.length, 120)
    assert.ok(products.data[0]?.retailer_id && products.data[0]?.price)
  })
  it('are those of the business where the WABA does not show them; else the WABA’s own words are told', async () => {
    const match = 'GET /*/product_catalogs'
    for (const code of [100, 200]) {
      at.meta.faults.clear()
      at.meta.faults.add({ match, action: { kind: 'error', code } })
      assert.deepEqual(namesIn(await listOf({ businessAccountId: at.number.businessId })), ['Shop'])
    }
    const error = await refusal(listOf({}))
    assert.match(error.message, /code 200.*catalog_management/)
    assert.equal((await refusal(listOf({ businessAccountId: '123' }))).facts.code, 200)
    at.meta.faults.clear()
  })
})

describe('the profile', () => {
  it('is read as Meta tells it, and only what is given changes', async () => {
    const { profile } = business
    await profile.update({ about: 'Plants', websites: ['https://example.com/'] })
    await profile.update({ address: 'Here 1' })
    const { data } = (await profile.get()) as Items
    const { about, address, websites } = data[0] ?? {}
    assert.deepEqual([data.length, about, address, websites], [1, 'Plants', 'Here 1', ['https://example.com/']])
  })
})

describe('files kept at Meta', () => {
  it('are uploaded under an id, and deleted by it', async () => {
    const { id } = (await business.media.upload(fileOf('%PDF', 'application/pdf', 'a.pdf'))) as { id: string }
    assert.equal(at.meta.media().find((one) => one.id === id)?.size, 4)
    await business.media.remove(id)
    assert.equal(at.meta.media().length, 0)
    assert.equal((await refusal(business.media.remove(id))).facts.code, 100)
    const large = { ...fileOf('', 'application/pdf'), size: 101 * 1024 * 1024 }
    assert.equal((await refusal(business.media.upload(large))).code, 'too-large')
  })
})
