// Meta's document on flows, with what Meta's pages add: right ones pass, wrong ones do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems } from '../../../samples/graph-schema.ts'
import { judgeAnswers, judgeRequests } from './tables.ts'

const list = '/v21.0/102290129340398/flows'
const flow = '/v21.0/880011223344556'
const file = {
  filename: 'flow.json',
  type: 'application/json',
  size: 12,
  sha256: 'a3'.repeat(32),
}
const upload = { name: 'flow.json', asset_type: 'FLOW_JSON', file }

judgeRequests(
  { method: 'POST', path: list },
  {
    right: {
      'a name and categories': { name: 'Survey', categories: ['SURVEY', 'OTHER'] },
      'categories as text, as in a form': { name: 'Survey', categories: '["SURVEY"]' },
      'a flow with its JSON': { name: 'Survey', categories: ['SURVEY'], flow_json: '{"version":"7.1"}', publish: true },
      'a copy of another': { name: 'Copy', categories: ['OTHER'], clone_flow_id: '12' },
    },
    wrong: {
      nothing: undefined,
      'a flow without a name': { categories: ['SURVEY'] },
      'a flow without categories': { name: 'Survey' },
      'an empty list of categories': { name: 'Survey', categories: [] },
      'a category that is none': { name: 'Survey', categories: ['FUN'] },
      'a bare word for categories': { name: 'Survey', categories: 'SURVEY' },
      'an endpoint without TLS': { name: 'Survey', categories: ['OTHER'], endpoint_uri: 'http://example.com' },
      'an object as flow JSON': { name: 'Survey', categories: ['OTHER'], flow_json: { version: '7.1' } },
      'an unknown key': { name: 'Survey', categories: ['OTHER'], language: 'de' },
    },
  },
)

judgeRequests(
  { method: 'POST', path: `${flow}/assets` },
  {
    right: { 'a form with the file': upload },
    wrong: {
      nothing: undefined,
      'another name': { ...upload, name: 'survey.json' },
      'another type of asset': { ...upload, asset_type: 'JSON' },
      'a form without the file': { ...upload, file: undefined },
      'the file as text': { ...upload, file: '{"version":"7.1"}' },
      'a file that is no JSON': { ...upload, file: { ...file, type: 'text/plain' } },
      'an empty file': { ...upload, file: { ...file, size: 0 } },
      'more than 10 MB': { ...upload, file: { ...file, size: 11_000_000 } },
      'an unknown field': { ...upload, messaging_product: 'whatsapp' },
    },
  },
)
for (const step of ['publish', 'deprecate']) {
  judgeRequests(
    { method: 'POST', path: `${flow}/${step}` },
    { right: { nothing: undefined }, wrong: { 'a body': { status: 'PUBLISHED' } } },
  )
}
judgeRequests(
  { method: 'POST', path: flow },
  {
    right: { 'another name': { name: 'Poll' }, 'other categories': { categories: ['OTHER'] } },
    wrong: { nothing: undefined, 'no change': {}, 'another status': { status: 'PUBLISHED' } },
  },
)

test('a flow is read by fields that it has, and deleted without a body', () => {
  const fields = 'id,name,preview.invalidate(false),validation_errors,health_status{entities}'
  assert.deepEqual(requestProblems('GET', `${flow}?fields=${fields}`, undefined, { kind: 'flow' }), [])
  assert.notDeepEqual(requestProblems('GET', `${flow}?fields=verified_name`, undefined, { kind: 'flow' }), [])
  assert.deepEqual(requestProblems('DELETE', flow, undefined, { kind: 'flow' }), [])
  assert.notDeepEqual(requestProblems('DELETE', flow, { id: '1' }, { kind: 'flow' }), [])
})

const mistake = {
  error: 'INVALID_PROPERTY',
  error_type: 'JSON_SCHEMA_ERROR',
  message: 'The property "x" cannot be here.',
  line_start: 1,
  line_end: 1,
  column_start: 2,
  column_end: 5,
}
const read = { id: '12', name: 'Survey', status: 'DRAFT', categories: ['SURVEY'], validation_errors: [] }
const paging = { cursors: { before: 'a', after: 'b' } }
judgeAnswers(
  { method: 'GET', path: list },
  {
    right: { 'an empty list': { data: [] }, 'a page': { data: [{ ...read, validation_errors: [mistake] }], paging } },
    wrong: {
      'a status that is none': { data: [{ ...read, status: 'LIVE' }], paging },
      'a flow without its mistakes': { data: [{ ...read, validation_errors: undefined }], paging },
    },
  },
)
judgeAnswers(
  { method: 'GET', path: `${flow}?fields=preview` },
  {
    right: {
      'a preview': {
        id: '12',
        preview: { preview_url: 'https://example.com', expires_at: '2026-11-22T00:00:00+0000' },
      },
    },
    wrong: { 'a bare address': { id: '12', preview: 'https://example.com' } },
  },
)
judgeAnswers(
  { method: 'POST', path: list },
  {
    right: { 'an id': { id: '12' }, 'an id with mistakes': { id: '12', success: true, validation_errors: [mistake] } },
    wrong: { 'a success without an id': { success: true } },
  },
)
judgeAnswers(
  { method: 'POST', path: `${flow}/assets` },
  {
    right: { 'success and no mistakes': { success: true, validation_errors: [] } },
    wrong: {
      'success alone': { success: true },
      'mistakes as texts': { success: true, validation_errors: ['bad'] },
    },
  },
)
