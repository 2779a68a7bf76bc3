// Meta's document on templates, with what Meta's pages add: right ones pass, wrong ones do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems } from '../../../samples/graph-schema.ts'
import { judgeAnswers, judgeRequests } from './tables.ts'

const list = '/v21.0/102290129340398/message_templates'
const body = { type: 'BODY', text: 'Hello {{1}}', example: { body_text: [['Zoë']] } }
const plainTemplate = { name: 'order_ready', language: 'en_US', category: 'UTILITY', components: [body] }
const withParts = (...parts: object[]) => ({ ...plainTemplate, components: [body, ...parts] })
const withButtons = (...buttons: object[]) => withParts({ type: 'BUTTONS', buttons })
const otp = {
  name: 'code',
  language: 'de',
  category: 'AUTHENTICATION',
  components: [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 10 },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', text: 'Copy' }] },
  ],
}

judgeRequests(
  { method: 'POST', path: list },
  {
    right: {
      'a plain template': plainTemplate,
      'names of parts in lower case': { ...plainTemplate, components: [{ type: 'body', text: 'Hello' }] },
      'named parameters': {
        ...plainTemplate,
        parameter_format: 'NAMED',
        components: [
          { ...body, example: { body_text_named_params: [{ param_name: 'name', example: 'Zoë' }] }, text: '{{name}}' },
        ],
      },
      'header, footer and buttons': withParts(
        { type: 'HEADER', format: 'TEXT', text: 'Sale' },
        { type: 'FOOTER', text: 'Bye' },
        { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] },
      ),
      'a header with a picture': withParts({ type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::a'] } }),
      'a code without a text of its own': otp,
      'a button that opens a flow': withButtons({ type: 'FLOW', text: 'Open', flow_id: '1', flow_action: 'navigate' }),
      'buttons to call and to visit': withButtons(
        { type: 'PHONE_NUMBER', text: 'Call', phone_number: '15550100200' },
        { type: 'URL', text: 'Shop', url: 'https://example.com/{{1}}', example: ['x'] },
      ),
      'a template of the library': {
        ...plainTemplate,
        components: undefined,
        library_template_name: 'delivery_update_1',
      },
    },
    wrong: {
      nothing: undefined,
      'a template without a name': { ...plainTemplate, name: undefined },
      'a name with capitals': { ...plainTemplate, name: 'Order' },
      'a template without language': { ...plainTemplate, language: undefined },
      'a language that is none': { ...plainTemplate, language: 'english' },
      'an object for a language': { ...plainTemplate, language: { code: 'en_US' } },
      'a category that is none': { ...plainTemplate, category: 'SPAM' },
      'a template without components': { ...plainTemplate, components: undefined },
      'a template of no parts': { ...plainTemplate, components: [] },
      'a body without text': { ...plainTemplate, components: [{ type: 'BODY' }] },
      'a part of an unknown type': withParts({ type: 'CHORUS', text: 'la' }),
      'a header that does not say its format': withParts({ type: 'HEADER', text: 'Sale' }),
      'a header of 61 characters': withParts({ type: 'HEADER', format: 'TEXT', text: 'x'.repeat(61) }),
      'a body of 1025 characters': { ...plainTemplate, components: [{ type: 'BODY', text: 'x'.repeat(1025) }] },
      'eleven buttons': withButtons(...Array.from({ length: 11 }, () => ({ type: 'QUICK_REPLY', text: 'Yes' }))),
      'a button title of 26 characters': withButtons({ type: 'QUICK_REPLY', text: 'x'.repeat(26) }),
      'a button to visit nothing': withButtons({ type: 'URL', text: 'Shop' }),
      'a button that opens no flow': withButtons({ type: 'FLOW', text: 'Open' }),
      'an unknown key': { ...plainTemplate, colour: 'red' },
    },
  },
)

judgeRequests(
  { method: 'POST', path: '/v21.0/920070352646140' },
  {
    right: { 'other parts': { components: [body] }, 'another category': { category: 'MARKETING' } },
    wrong: { nothing: undefined, 'no change': {}, 'parts of no type': { components: [{ text: 'x' }] } },
  },
)

test('templates are deleted by name, one language of them with the id', () => {
  assert.deepEqual(requestProblems('DELETE', `${list}?name=order_ready&hsm_id=12`, undefined), [])
  assert.deepEqual(requestProblems('DELETE', `${list}?name=order_ready`, undefined), [])
  assert.notDeepEqual(requestProblems('DELETE', `${list}?hsm_id=12`, undefined), [])
  assert.notDeepEqual(requestProblems('DELETE', `${list}?name=order_ready&language=de`, undefined), [])
  assert.notDeepEqual(requestProblems('DELETE', `${list}?name=order_ready`, { name: 'order_ready' }), [])
})

test('lists take filters and pages, and nothing else', () => {
  assert.deepEqual(
    requestProblems('GET', `${list}?limit=100&name=order_ready&fields=name,status,language`, undefined),
    [],
  )
  assert.deepEqual(requestProblems('GET', `${list}?fields=name,shade`, undefined), [
    'fields names shade, which is not in the document',
  ])
  assert.notDeepEqual(requestProblems('GET', `${list}?limit=0`, undefined), [])
  assert.notDeepEqual(requestProblems('GET', `${list}?page=2`, undefined), [])
})

const read = {
  id: '12',
  name: 'order_ready',
  language: 'de',
  status: 'APPROVED',
  category: 'UTILITY',
  components: [body],
}
const paging = { cursors: { before: 'a', after: 'b' } }
judgeAnswers(
  { method: 'GET', path: list },
  {
    right: { 'an empty list': { data: [] }, 'a page': { data: [read], paging } },
    wrong: {
      'no list': {},
      'an empty list with cursors': { data: [], paging },
      'a status that is none': { data: [{ ...read, status: 'LIVE' }], paging },
      'a category in lower case': { data: [{ ...read, category: 'utility' }], paging },
      'a template without components': { data: [{ ...read, components: undefined }], paging },
      'a number for an id': { data: [{ ...read, id: 12 }], paging },
      'half a pair of cursors': { data: [read], paging: { cursors: { after: 'b' } } },
    },
  },
)
judgeAnswers(
  { method: 'GET', path: `${list}?fields=name` },
  {
    right: { 'what was asked for': { data: [{ id: '12', name: 'order_ready' }], paging } },
    wrong: { 'what was not asked for': { data: [read], paging } },
  },
)
judgeAnswers(
  { method: 'POST', path: list },
  {
    right: { 'a template under review': { id: '12', status: 'PENDING', category: 'UTILITY' } },
    wrong: { 'an id alone': { id: '12' }, 'a bare success': { success: true } },
  },
)
judgeAnswers(
  { method: 'DELETE', path: `${list}?name=order_ready` },
  { right: { success: { success: true } }, wrong: { 'a failure': { success: false }, nothing: {} } },
)
