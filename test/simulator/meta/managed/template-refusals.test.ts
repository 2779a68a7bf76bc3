// What the simulated Meta refuses in new templates.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, setStage } from '../stage.ts'
import { type Json, plainTemplate } from './parts.ts'

const body = { type: 'BODY', text: 'Hello from the shop.' }
const named = { type: 'BODY', text: 'Hello {{first_name}}, welcome.' }
const example = { body_text_named_params: [{ param_name: 'first_name', example: 'Zoë' }] }
const many = (count: number, button: Json): Json[] => Array.from({ length: count }, () => button)
const url = { type: 'URL', text: 'Shop', url: 'https://example.com/' }
const reply = { type: 'QUICK_REPLY', text: 'Stop' }
const card = (format: string): Json => ({
  components: [
    { type: 'HEADER', format, example: { header_handle: ['4::abc'] } },
    { type: 'BUTTONS', buttons: [reply] },
  ],
})

/** What is laid over a right template, and the subcode that comes of it; undefined for a plain 100. */
const refused: [what: string, over: Json, subcode?: number][] = [
  ['no name', { name: undefined }],
  ['a name with capitals', { name: 'Hello' }],
  ['a name with a dash', { name: 'hello-you' }],
  ['a name of 513 characters', { name: 'a'.repeat(513) }],
  ['no language', { language: undefined }],
  ['an unknown language', { language: 'en-US' }],
  ['no category', { category: undefined }],
  ['an unknown category', { category: 'TRANSACTIONAL' }],
  ['an unknown parameter format', { parameter_format: 'LETTERS' }],
  ['no components', { components: undefined }],
  ['components that are no list', { components: 'BODY' }],
  ['an unknown component', { components: [body, { type: 'SIDE' }] }],
  ['two bodies', { components: [body, body] }],
  ['no body', { components: [{ type: 'FOOTER', text: 'Bye' }] }, 2388043],
  ['a body without text', { components: [{ type: 'BODY' }] }, 2388043],
  ['a body of 1025 characters', { components: [{ type: 'BODY', text: 'x'.repeat(1025) }] }, 2388040],
  ['three line breaks in a row', { components: [{ type: 'BODY', text: 'a\n\n\nb' }] }, 2388072],
  ['a variable without an example', { components: [{ type: 'BODY', text: 'Hello {{1}}, welcome.' }] }, 2388043],
  [
    'one example for two variables',
    { components: [{ type: 'BODY', text: 'Hello {{1}}, see {{2}} now.', example: { body_text: [['Zoë']] } }] },
    2388043,
  ],
  [
    'variables that skip a number',
    { components: [{ type: 'BODY', text: 'Hello {{1}}, see {{3}} now.', example: { body_text: [['a', 'b']] } }] },
    2388072,
  ],
  ['a named variable in a positional template', { components: [{ ...named, example }] }, 2388072],
  ['a named variable without an example', { parameter_format: 'NAMED', components: [named] }, 2388043],
  [
    'a variable at the end',
    { components: [{ type: 'BODY', text: 'Hello {{1}}', example: { body_text: [['a']] } }] },
    2388299,
  ],
  [
    'more variables than words',
    { components: [{ type: 'BODY', text: 'Hi {{1}} {{2}} .', example: { body_text: [['a', 'b']] } }] },
    2388293,
  ],
  ['a header without format', { components: [body, { type: 'HEADER', text: 'News' }] }, 2388043],
  ['a header of an unknown format', { components: [body, { type: 'HEADER', format: 'GIF' }] }],
  ['an image header without a handle', { components: [body, { type: 'HEADER', format: 'IMAGE' }] }, 2388043],
  ['a bold header', { components: [body, { type: 'HEADER', format: 'TEXT', text: '*News*' }] }, 2388047],
  [
    'a header of 61 characters',
    { components: [body, { type: 'HEADER', format: 'TEXT', text: 'x'.repeat(61) }] },
    2388040,
  ],
  ['a footer with a variable', { components: [body, { type: 'FOOTER', text: 'Bye {{1}}' }] }, 2388073],
  ['buttons that are no list', { components: [body, { type: 'BUTTONS' }] }, 2388043],
  ['eleven buttons', { components: [body, { type: 'BUTTONS', buttons: many(11, reply) }] }],
  ['three links', { components: [body, { type: 'BUTTONS', buttons: many(3, url) }] }],
  ['a button of an unknown type', { components: [body, { type: 'BUTTONS', buttons: [{ type: 'CALL' }] }] }],
  [
    'a button text of 26 characters',
    { components: [body, { type: 'BUTTONS', buttons: [{ ...reply, text: 'x'.repeat(26) }] }] },
    2388040,
  ],
  ['quick replies around a link', { components: [body, { type: 'BUTTONS', buttons: [reply, url, reply] }] }],
  ['a link that is none', { components: [body, { type: 'BUTTONS', buttons: [{ ...url, url: 'example' }] }] }],
  [
    'a variable link without an example',
    { components: [body, { type: 'BUTTONS', buttons: [{ ...url, url: 'https://example.com/{{1}}' }] }] },
    2388043,
  ],
  [
    'a variable inside a link',
    {
      components: [
        body,
        { type: 'BUTTONS', buttons: [{ ...url, url: 'https://example.com/{{1}}/x', example: ['a'] }] },
      ],
    },
  ],
  [
    'a flow that is not there',
    { components: [body, { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'Go', flow_id: '1' }] }] },
  ],
  [
    'a flow named twice',
    { components: [body, { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'Go', flow_id: '1', flow_name: 'x' }] }] },
  ],
  ['a carousel of one card', { components: [body, { type: 'CAROUSEL', cards: [card('IMAGE')] }] }],
  ['cards that differ', { components: [body, { type: 'CAROUSEL', cards: [card('IMAGE'), card('VIDEO')] }] }],
  ['a lifetime of a day', { message_send_ttl_seconds: 86_400 }],
]

for (const [what, over, subcode] of refused) {
  test(`a template with ${what} is refused`, async (t) => {
    const { simulator, graph, number } = await setStage(t)
    const wish = plainTemplate({ name: 'hello_you', ...over })
    const answer = await graph(`/v21.0/${number.wabaId}/message_templates`, { body: wish })
    assertError(answer, { status: 400, code: 100, ...(subcode === undefined ? {} : { subcode }) })
    assert.deepEqual(simulator.templates(), [])
  })
}

test('the bounds themselves are taken', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const flow = simulator.addFlow()
  const right: Json[] = [
    plainTemplate({ name: 'a'.repeat(512) }),
    plainTemplate({ name: 'b', components: [{ type: 'BODY', text: 'x'.repeat(1024) }] }),
    plainTemplate({ name: 'c', parameter_format: 'NAMED', components: [{ ...named, example }] }),
    plainTemplate({ name: 'd', components: [body, { type: 'BUTTONS', buttons: many(10, reply) }] }),
    plainTemplate({ name: 'e', components: [body, { type: 'BUTTONS', buttons: [...many(2, url), reply, reply] }] }),
    plainTemplate({ name: 'f', components: [body, { type: 'CAROUSEL', cards: [card('IMAGE'), card('IMAGE')] }] }),
    plainTemplate({
      name: 'g',
      components: [body, { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'Go', flow_id: flow.id }] }],
    }),
    plainTemplate({ name: 'h', category: 'MARKETING', message_send_ttl_seconds: 43_200 }),
  ]
  for (const wish of right) {
    const answer = await graph(`/v21.0/${number.wabaId}/message_templates`, { body: wish })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }
})
