// The profile of a number, read and changed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, setStage } from '../stage.ts'
import type { Json } from './parts.ts'

const fields = 'about,address,description,email,profile_picture_url,websites,vertical'

async function setProfile(t: Parameters<typeof setStage>[0]) {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.phoneNumberId}/whatsapp_business_profile`
  return {
    read: async (wanted = `?fields=${fields}`) => (await graph(`${path}${wanted}`)).body as unknown as Json,
    change: (body: Json) => graph(path, { body: { messaging_product: 'whatsapp', ...body } }),
    readRaw: (wanted: string) => graph(`${path}${wanted}`),
  }
}

test('a change touches what it names, and reads are flat', async (t) => {
  const { read, change } = await setProfile(t)
  assert.deepEqual(await read(), { data: [{ vertical: 'UNDEFINED', messaging_product: 'whatsapp' }] })
  const first = {
    about: 'Open all day',
    email: 'shop@example.com',
    websites: ['https://example.com/'],
    vertical: 'RETAIL',
  }
  assert.deepEqual((await change(first)).body, { success: true })
  await change({ address: '1 Hacker Way', description: 'Mugs' })
  const whole = { ...first, address: '1 Hacker Way', description: 'Mugs', messaging_product: 'whatsapp' }
  assert.deepEqual(await read(), { data: [whole] })
  await change({ email: '', websites: [], vertical: '' })
  assert.deepEqual(await read('?fields=about,email,websites,vertical'), {
    data: [{ about: 'Open all day', vertical: 'UNDEFINED', messaging_product: 'whatsapp' }],
  })
})

test('without fields only the product comes, and a picture comes by its handle', async (t) => {
  const { read, change, readRaw } = await setProfile(t)
  await change({ about: 'Open', profile_picture_handle: '4::aW1hZ2UvanBlZw==' })
  assert.deepEqual(await read(''), { data: [{ messaging_product: 'whatsapp' }] })
  const { data } = (await read('?fields=profile_picture_url')) as { data: [Json] }
  assert.match(String(data[0].profile_picture_url), /^https:\/\/pps\.whatsapp\.net\//)
  assertError(await readRaw('?fields=colour'), { status: 400, code: 100, message: /nonexisting field \(colour\)/ })
})

const wrong: [what: string, body: Json][] = [
  ['no product', { messaging_product: undefined }],
  ['an empty about', { about: '' }],
  ['an about of 140 characters', { about: 'x'.repeat(140) }],
  ['an address of 257 characters', { address: 'x'.repeat(257) }],
  ['a description of 513 characters', { description: 'x'.repeat(513) }],
  ['an email that is none', { email: 'shop' }],
  ['an email of 129 characters', { email: `${'x'.repeat(117)}@example.com` }],
  ['three websites', { websites: ['https://a.example', 'https://b.example', 'https://c.example'] }],
  ['a website without http', { websites: ['example.com'] }],
  ['a website of 257 characters', { websites: [`https://example.com/${'x'.repeat(237)}`] }],
  ['an unknown vertical', { vertical: 'FLOWERS' }],
  ['a number as about', { about: 5 }],
]

for (const [what, body] of wrong) {
  test(`a profile with ${what} is refused with 100, and nothing changes`, async (t) => {
    const { read, change } = await setProfile(t)
    assertError(await change({ address: 'here', ...body }), { status: 400, code: 100 })
    assert.deepEqual(await read('?fields=address'), { data: [{ messaging_product: 'whatsapp' }] })
  })
}

test('the bounds of a profile are taken', async (t) => {
  const { change } = await setProfile(t)
  const most = { about: 'x'.repeat(139), address: 'x'.repeat(256), description: 'x'.repeat(512) }
  assert.equal((await change(most)).status, 200)
})
