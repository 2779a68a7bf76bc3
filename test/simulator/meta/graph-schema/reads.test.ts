// Reads by id, whose path does not say what is read; and the edges that Meta's document does not have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems, responseProblems } from '../../../samples/graph-schema.ts'
import { kindsIn } from '../../../samples/graph-schema-kinds.ts'
import { judgeAnswers } from './tables.ts'

const id = '/v21.0/123'

test('what is read by id is told by the fields asked for', () => {
  for (const fields of ['verified_name,throughput{level}', 'timezone_id,currency', 'components', 'preview,categories'])
    assert.deepEqual(requestProblems('GET', `${id}?fields=${fields}`, undefined), [])
  assert.notDeepEqual(requestProblems('GET', `${id}?fields=verified_name,categories`, undefined), [])
})

test('what is read by id is told by the kind, and then has that kind’s fields only', () => {
  assert.deepEqual(requestProblems('GET', `${id}?fields=currency`, undefined, { kind: 'account' }), [])
  assert.deepEqual(requestProblems('GET', id, undefined, { kind: 'number', query: { fields: 'currency' } }), [
    'fields names currency, which is not in the document',
  ])
  assert.deepEqual(requestProblems('POST', id, { pin: '123456' }, { kind: 'number' }), [])
  assert.notDeepEqual(requestProblems('POST', id, { pin: '123456' }, { kind: 'flow' }), [])
  assert.equal(requestProblems('DELETE', id, undefined, { kind: 'template' }).length, 1)
})

test('an answer by id is held to the kind that was read', () => {
  const number = { id: '123', verified_name: 'Shop', display_phone_number: '+1 555', quality_rating: 'GREEN' }
  const whole = { ...number, code_verification_status: 'VERIFIED' }
  assert.deepEqual(responseProblems('GET', id, 200, whole), [])
  assert.deepEqual(responseProblems('GET', id, 200, whole, { kind: 'number' }), [])
  assert.notDeepEqual(responseProblems('GET', id, 200, whole, { kind: 'media' }), [])
  assert.notDeepEqual(responseProblems('GET', id, 200, number, { kind: 'number' }), [])
  assert.notDeepEqual(responseProblems('GET', id, 200, { ...whole, quality_rating: 'BLUE' }, { kind: 'number' }), [])
  assert.deepEqual(responseProblems('GET', `${id}?fields=verified_name`, 200, { id: '123', verified_name: 'Shop' }), [])
})

test('parameters that every call may have are a token and its proof, a right one', () => {
  assert.deepEqual(requestProblems('GET', `${id}?access_token=a&appsecret_proof=${'0a'.repeat(32)}`, undefined), [])
  assert.notDeepEqual(requestProblems('GET', `${id}?appsecret_proof=abc`, undefined), [])
  assert.notDeepEqual(requestProblems('GET', `${id}?verbose=1`, undefined), [])
})

test('a log tells what its ids name, by their edges and by what was made and listed', () => {
  const answer = (body: object) => ({ status: 200, answer: JSON.stringify(body) })
  const kinds = kindsIn([
    { method: 'POST', path: '/v21.0/1/media', ...answer({ id: '2' }) },
    { method: 'GET', path: '/v21.0/3/flows', ...answer({ data: [{ id: '4' }] }) },
    { method: 'GET', path: '/3/message_templates', ...answer({ data: [{ id: '5' }] }) },
    { method: 'GET', path: '/v21.0/6/owned_whatsapp_business_accounts', status: 400, answer: '{"error":{}}' },
    { method: 'GET', path: '/v21.0/7/products', status: 200, answer: '{"data":[{"id":' },
  ])
  const expected = { 1: 'number', 2: 'media', 3: 'account', 4: 'flow', 5: 'template', 7: 'catalog' }
  assert.deepEqual(Object.fromEntries(kinds), expected)
})

test('a token is asked about by itself, catalogs by their account or their business', () => {
  assert.deepEqual(requestProblems('GET', '/v21.0/debug_token?input_token=abc', undefined), [])
  assert.notDeepEqual(requestProblems('GET', '/v21.0/debug_token?token=abc', undefined), [])
  for (const edge of ['product_catalogs', 'owned_product_catalogs'])
    assert.deepEqual(requestProblems('GET', `${id}/${edge}?fields=id,name,vertical,product_count`, undefined), [])
  const products = 'id,retailer_id,name,description,price,currency,availability,image_url,url'
  assert.deepEqual(requestProblems('GET', `${id}/products?fields=${products}&limit=100`, undefined), [])
  assert.notDeepEqual(requestProblems('GET', `${id}/products?fields=colour`, undefined), [])
  assert.notDeepEqual(requestProblems('POST', `${id}/products`, {}), [])
})

judgeAnswers(
  { method: 'GET', path: '/v21.0/debug_token?input_token=abc' },
  {
    right: { 'what is known of a token': { data: { app_id: '1', is_valid: true, expires_at: 0, scopes: ['a'] } } },
    wrong: {
      'no verdict': { data: { app_id: '1' } },
      'an expiry in words': { data: { is_valid: true, expires_at: 'never' } },
    },
  },
)
judgeAnswers(
  { method: 'GET', path: `${id}/products` },
  {
    right: {
      'a page': {
        data: [{ id: '1', retailer_id: 'A', name: 'Hat' }],
        paging: { cursors: { before: 'a', after: 'b' } },
      },
      'an empty list': { data: [] },
    },
    wrong: { 'a product without a retailer id': { data: [{ id: '1', name: 'Hat' }] }, 'no list': {} },
  },
)
