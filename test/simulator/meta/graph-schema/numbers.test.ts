// Meta's document on media, codes, registration and profiles: right calls pass, wrong ones do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems } from '../../../samples/graph-schema.ts'
import { judgeAnswers, judgeRequests } from './tables.ts'

const number = '/v21.0/106540352242922'
const profile = `${number}/whatsapp_business_profile`
const whatsapp = { messaging_product: 'whatsapp' }
const file = { filename: 'cat.png', type: 'image/png', size: 1200, sha256: '0b'.repeat(32) }
const upload = { ...whatsapp, type: 'image/png', file }

judgeRequests(
  { method: 'POST', path: `${number}/media` },
  {
    right: { 'a form with the file': upload, 'a form without the type': { ...whatsapp, file } },
    wrong: {
      nothing: undefined,
      'a form without messaging_product': { ...upload, messaging_product: undefined },
      'a form without the file': { ...upload, file: undefined },
      'a path for a file': { ...upload, file: '/tmp/cat.png' },
      'a file without a name': { ...upload, file: { ...file, filename: undefined } },
      'an empty file': { ...upload, file: { ...file, size: 0 } },
      'an unknown field': { ...upload, caption: 'x' },
    },
  },
)
judgeRequests(
  { method: 'POST', path: `${number}/request_code` },
  {
    right: {
      'a language with its country': { code_method: 'SMS', language: 'en_US' },
      'a language alone': { code_method: 'VOICE', language: 'de' },
    },
    wrong: {
      nothing: undefined,
      'a way that is none': { code_method: 'PIGEON', language: 'en_US' },
      'no language': { code_method: 'SMS' },
      'a language in words': { code_method: 'SMS', language: 'English' },
    },
  },
)
judgeRequests(
  { method: 'POST', path: `${number}/verify_code` },
  {
    right: { 'six digits': { code: '012345' } },
    wrong: { nothing: undefined, 'five digits': { code: '12345' }, 'a number': { code: 123456 } },
  },
)
judgeRequests(
  { method: 'POST', path: `${number}/register` },
  {
    right: {
      'a pin': { ...whatsapp, pin: '123456' },
      'a pin and a region': { ...whatsapp, pin: '123456', data_localization_region: 'DE' },
    },
    wrong: {
      nothing: undefined,
      'a pin of four digits': { ...whatsapp, pin: '1234' },
      'a pin without messaging_product': { pin: '123456' },
      'a region that is none': { ...whatsapp, pin: '123456', data_localization_region: 'MOON' },
    },
  },
)
judgeRequests(
  { method: 'POST', path: `${number}/deregister` },
  { right: { nothing: undefined }, wrong: { 'a body': whatsapp } },
)
judgeRequests(
  { method: 'POST', path: number },
  {
    right: { 'a pin of the two-step verification': { pin: '123456' } },
    wrong: { 'a pin of four digits': { pin: '1234' }, 'no change': {} },
  },
)
judgeRequests(
  { method: 'POST', path: profile },
  {
    right: {
      'one field': { ...whatsapp, about: 'Open till nine' },
      'all fields': {
        ...whatsapp,
        about: 'Open till nine',
        address: 'Street 1',
        description: 'x'.repeat(512),
        email: 'shop@example.com',
        websites: ['https://example.com', 'https://example.org'],
        vertical: 'RETAIL',
        profile_picture_handle: '4::a',
      },
    },
    wrong: {
      nothing: undefined,
      'no change': whatsapp,
      'a change without messaging_product': { about: 'Open' },
      'an empty about': { ...whatsapp, about: '' },
      'an about of 140 characters': { ...whatsapp, about: 'x'.repeat(140) },
      'three websites': { ...whatsapp, websites: ['https://a.example', 'https://b.example', 'https://c.example'] },
      'a website without a scheme': { ...whatsapp, websites: ['example.com'] },
      'an email that is none': { ...whatsapp, email: 'shop' },
      'a trade that is none': { ...whatsapp, vertical: 'PIRACY' },
      'an unknown key': { ...whatsapp, about: 'Open', profile_picture_url: 'https://example.com/a.png' },
    },
  },
)

test('media are read and deleted with the number that owns them, or without', () => {
  assert.deepEqual(requestProblems('GET', '/v21.0/12?phone_number_id=34', undefined, { kind: 'media' }), [])
  assert.deepEqual(requestProblems('DELETE', '/v21.0/12', undefined, { kind: 'media' }), [])
  assert.notDeepEqual(requestProblems('GET', '/v21.0/12?business_id=34', undefined, { kind: 'media' }), [])
})

const media = { ...whatsapp, id: '12', url: 'https://example.com/a?b=c', mime_type: 'image/png', file_size: 1200 }
judgeAnswers(
  { method: 'GET', path: '/v21.0/12' },
  {
    right: { 'a media with its hash in hex': { ...media, sha256: '0b'.repeat(32) } },
    wrong: {
      'a media with its hash in base64': { ...media, sha256: 'CwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCws=' },
      'a media with its size as text': { ...media, sha256: '0b'.repeat(32), file_size: '1200' },
      'a media without an address': { ...media, sha256: '0b'.repeat(32), url: undefined },
    },
  },
)
judgeAnswers(
  { method: 'GET', path: `${profile}?fields=about,vertical` },
  {
    right: { 'the profile itself': { data: [{ ...whatsapp, about: 'Open', vertical: 'UNDEFINED' }] } },
    wrong: {
      'a profile within a profile': { data: [{ business_profile: { ...whatsapp, about: 'Open' } }] },
      'two profiles': { data: [whatsapp, whatsapp] },
      'what was not asked for': { data: [{ ...whatsapp, email: 'shop@example.com' }] },
    },
  },
)
for (const step of ['request_code', 'verify_code', 'register', 'deregister', 'whatsapp_business_profile']) {
  judgeAnswers(
    { method: 'POST', path: `${number}/${step}` },
    { right: { success: { success: true } }, wrong: { 'a failure': { success: false }, nothing: {} } },
  )
}
judgeAnswers(
  { method: 'POST', path: `${number}/media` },
  { right: { 'an id': { id: '12' } }, wrong: { 'an id that is no number': { id: 'abc' }, nothing: {} } },
)
