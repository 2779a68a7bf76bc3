// An independent client verifies and registers a number, and keeps its profile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, setClientStage } from './client.ts'

test('a profile is changed field by field, and read back flat', async (t) => {
  const { client, phoneNumberId } = await setClientStage(t)
  const { businessProfile } = client.phoneNumbers
  const changes = {
    about: 'Open till nine',
    address: 'Street 1, Berlin',
    description: 'Hats of all kinds',
    email: 'shop@example.com',
    websites: ['https://example.com', 'https://example.org'],
    vertical: 'RETAIL',
  }
  assert.deepEqual(await businessProfile.update({ phoneNumberId, ...changes }), { success: true })
  assert.deepEqual(await businessProfile.update({ phoneNumberId, about: 'Closed' }), { success: true })
  const fields = 'about,address,description,email,websites,vertical'
  const { data } = await businessProfile.get({ phoneNumberId, fields })
  assert.deepEqual(data, [{ ...changes, about: 'Closed', messagingProduct: 'whatsapp' }])
})

test('a profile that Meta would not take is refused, and nothing of it is kept', async (t) => {
  const { client, phoneNumberId } = await setClientStage(t)
  const { businessProfile } = client.phoneNumbers
  const { code, category } = await refusal(
    businessProfile.update({ phoneNumberId, about: 'x'.repeat(140), email: 'shop@example.com' }),
  )
  assert.deepEqual([code, category], [100, 'parameter'])
  const websites = ['https://a.example', 'https://b.example', 'https://c.example']
  assert.equal((await refusal(businessProfile.update({ phoneNumberId, websites }))).code, 100)
  const { data } = await businessProfile.get({ phoneNumberId, fields: 'email' })
  assert.equal(data[0]?.email, undefined)
})

test('a number is verified by the code that was sent, and registered with a pin', async (t) => {
  const { client, phoneNumberId, simulator } = await setClientStage(t, {}, { registered: false, verified: false })
  const { phoneNumbers } = client
  const early = await refusal(phoneNumbers.register({ phoneNumberId, pin: '123456' }))
  assert.deepEqual([early.code, early.category], [133006, 'phoneRegistration'])
  const asked = await phoneNumbers.requestCode({ phoneNumberId, codeMethod: 'SMS', language: 'en_US' })
  assert.deepEqual(asked, { success: true })
  const code = simulator.verificationCode(phoneNumberId) ?? ''
  assert.match(code, /^\d{6}$/)
  const other = code === '000000' ? '000001' : '000000'
  assert.equal((await refusal(phoneNumbers.verifyCode({ phoneNumberId, code: other }))).code, 136025)
  assert.equal((await phoneNumbers.verifyCode({ phoneNumberId, code })).success, true)
  assert.deepEqual(await phoneNumbers.register({ phoneNumberId, pin: '123456' }), { success: true })
  assert.deepEqual(await phoneNumbers.deregister({ phoneNumberId }), { success: true })
  const wrongPin = await refusal(phoneNumbers.register({ phoneNumberId, pin: '654321' }))
  assert.equal(wrongPin.code, 133005)
})

test('a number that is deregistered sends nothing', async (t) => {
  const { client, phoneNumberId, to } = await setClientStage(t)
  await client.phoneNumbers.deregister({ phoneNumberId })
  const { code, category, retry } = await refusal(client.messages.sendText({ phoneNumberId, to, body: 'x' }))
  assert.deepEqual([code, category, retry.action], [133010, 'phoneRegistration', 'fix_and_retry'])
})
