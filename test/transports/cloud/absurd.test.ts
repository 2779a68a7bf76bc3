// What Meta would never send: nothing of it may cost a neighbour, throw, or be lost without a trace.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { account, envelope, messages, type Stand, stand, text } from './stand.ts'

let at: Stand
before(() => {
  at = stand()
  at.run(account('shop'))
})
beforeEach(() => {
  at.desk.batches.length = 0
})
after(() => at.close())
const types = (): string[] => at.desk.drafts.map((draft) => draft.type)

describe('a bad item', () => {
  it('is kept raw, and its neighbours are told', async () => {
    const bad = [
      ...[null, 7, 'x', [], {}, true],
      text('', {}),
      text('wamid.a', { timestamp: '99999999999999999' }),
      text('wamid.b', { timestamp: '-1' }),
      text('wamid.c', { timestamp: null }),
      text('wamid.d', { timestamp: 'soon' }),
      text('wamid.e', { timestamp: '1e400' }),
    ]
    const answer = await at.post(envelope(messages({ messages: [text('wamid.1'), ...bad, text('wamid.2')] })))
    assert.equal(answer?.status, 200)
    assert.deepEqual(types(), ['message.received', ...bad.map(() => 'meta.messages'), 'message.received'])
    const items = at.desk.drafts.slice(1, -1).map((draft) => JSON.parse(draft.data).item)
    assert.deepEqual(items, bad)
    assert.equal(new Set(at.desk.drafts.map((draft) => draft.origin?.key)).size, bad.length + 2)
  })
  it('among the statuses costs no other status', async () => {
    const good = { id: 'wamid.o', status: 'read', timestamp: '1763630100', recipient_id: '15550100301' }
    const bad = [null, { ...good, status: 'constructor' }, { ...good, status: ['read'] }, { ...good, id: {} }]
    await at.post(envelope(messages({ statuses: [...bad, good] })))
    assert.deepEqual(types(), [...bad.map(() => 'meta.messages'), 'message.read'])
  })
  it('nested too deeply to be written leaves a note', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const body = JSON.stringify(
      envelope(messages({ messages: [text('wamid.1'), text('wamid.deep', { text: '@' }), text('wamid.2')] })),
    )
    const answer = await at.post(body.replace('"@"', deep))
    assert.equal(answer?.status, 200)
    assert.deepEqual(types(), ['message.received', 'meta.messages', 'message.received'])
    assert.match(JSON.parse(at.desk.drafts[1]?.data ?? '').note, /too deeply/)
    assert.equal(at.desk.drafts[1]?.raw, null)
  })
})

describe('a message', () => {
  it('whose type is the name of a field of ours does not overwrite it', async () => {
    const odd = ['chat', 'message_id', 'from', '__proto__', 'constructor', 'raw', 'Ünknown', 'a b'].map((type, index) =>
      text(`wamid.${index}`, { type, [type]: { evil: true } }),
    )
    await at.post(JSON.stringify(envelope(messages({ messages: odd }))))
    for (const [index, draft] of at.desk.drafts.entries()) {
      const data = JSON.parse(draft.data)
      assert.equal(data.message_id, `wamid.${index}`)
      assert.equal(typeof data.chat.id, 'string')
      assert.equal(typeof data.from.id, 'string')
      assert.equal(data.raw, undefined)
      assert.equal(draft.type, 'message.received')
    }
  })
  it('from nobody at all is told without a chat', async () => {
    await at.post(envelope(messages({ messages: [text('wamid.1', { from: undefined })] })))
    assert.deepEqual([types(), at.desk.drafts[0]?.chat], [['message.received'], null])
  })
  it('with half-lone surrogates and control characters is written as JSON', async () => {
    const body = JSON.stringify(envelope(messages({ messages: [text('wamid.1', { text: { body: '@' } })] })))
    await at.post(body.replace('"@"', '"\\ud800 \\u0000 \\u2028"'))
    assert.equal(JSON.parse(at.desk.drafts[0]?.data ?? '').text.body, '\ud800 \u0000 \u2028')
  })
})

describe('an envelope', () => {
  it('with parts that are none is kept raw, part by part', async () => {
    const strange = [
      [{ object: 'whatsapp_business_account' }, ['meta.unknown']],
      [{ object: 'x', entry: {} }, ['meta.unknown']],
      [
        { entry: [null, 7, { id: '1' }, { id: '1', changes: 5 }] },
        ['meta.unknown', 'meta.unknown', 'meta.unknown', 'meta.unknown'],
      ],
      [{ entry: [{ id: '1', changes: [null, {}, { field: 'x' }] }] }, ['meta.unknown', 'meta.unknown', 'meta.unknown']],
      [envelope(messages({})), ['meta.messages']],
      [envelope(messages({ messages: {}, statuses: 'x' })), ['meta.messages']],
      [
        envelope(messages({ messages: [text('wamid.1')], news_of_tomorrow: [{ id: 1 }] })),
        ['message.received', 'meta.messages'],
      ],
    ] as const
    for (const [body, wanted] of strange) {
      at.desk.batches.length = 0
      assert.equal((await at.post(body))?.status, 200)
      assert.deepEqual(types(), wanted, JSON.stringify(body))
    }
  })
  it('with more items than Meta ever sends keeps the rest as one', async () => {
    const many = Array.from({ length: 1500 }, (_, index) => text(`wamid.${index}`))
    await at.post(envelope(messages({ messages: many })))
    assert.equal(at.desk.drafts.length, 1001)
    assert.equal(JSON.parse(at.desk.drafts.at(-1)?.data ?? '').item.messages.length, 500)
  })
  it('of any JSON at all is answered, and every event of it can be read back', async () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    const value = fc.record(
      {
        metadata: fc.constant({ phone_number_id: '409876543210987' }),
        contacts: fc.oneof(
          json,
          fc.array(fc.record({ wa_id: json, user_id: json, profile: json }, { requiredKeys: [] })),
        ),
        messages: fc.oneof(
          json,
          fc.array(
            fc.record({
              id: json,
              timestamp: fc.oneof(json, fc.constant('1763630100')),
              type: fc.oneof(json, fc.constantFrom('image', 'reaction', 'edit', 'interactive', 'system')),
              image: json,
              reaction: json,
              edit: json,
              interactive: json,
              system: json,
              context: json,
              errors: json,
            }),
          ),
        ),
        statuses: fc.oneof(
          json,
          fc.array(
            fc.record({
              id: json,
              timestamp: json,
              status: fc.constantFrom('sent', 'failed'),
              errors: json,
              recipient_id: json,
            }),
          ),
        ),
        errors: json,
        groups: json,
        calls: json,
      },
      { requiredKeys: ['metadata'] },
    )
    const field = fc.oneof(
      json,
      fc.constantFrom('messages', 'calls', 'group_lifecycle_update', 'flows', 'smb_app_state_sync'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ field, value: fc.oneof(json, value) })), async (changes) => {
        at.desk.batches.length = 0
        const answer = await at.post({
          object: 'whatsapp_business_account',
          entry: [{ id: '307654321098765', changes }],
        })
        assert.equal(answer?.status, 200)
        assert.ok(at.desk.drafts.length >= changes.length, 'nothing is lost')
        for (const draft of at.desk.drafts) {
          JSON.parse(draft.data)
          JSON.parse(draft.raw ?? 'null')
          assert.match(draft.type, /^[a-z_]+\.[a-z0-9_]+$/)
        }
      }),
      { numRuns: 300 },
    )
  })
})
