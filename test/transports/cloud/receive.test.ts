// Every kind of callback, from Meta's object to our event.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { account, escaped, type Loose, type Stand, sample, sampleNames, signatureOf, stand } from './stand.ts'

/** What each sample becomes. */
const EXPECTED: Record<string, string[]> = {
  'message-reaction': ['message.reaction'],
  'message-reaction-removed': ['message.reaction'],
  'message-edit': ['message.edited'],
  'message-revoke': ['message.revoked'],
  'echo-text': ['message.received'],
  'echo-revoke': ['message.revoked'],
  'status-sent': ['message.sent'],
  'status-delivered': ['message.delivered'],
  'status-read': ['message.read'],
  'status-played': ['message.played'],
  'status-failed': ['message.failed'],
  'status-user-id': ['message.delivered'],
  'status-group': ['message.read'],
  'status-deleted': ['meta.messages'],
  'status-warning': ['meta.messages'],
  'errors-only': ['account.error'],
  'field-message-template-status-update': ['template.status'],
  'field-message-template-quality-update': ['template.quality'],
  'field-template-category-update': ['template.category'],
  'field-message-template-components-update': ['meta.message_template_components_update'],
  'field-phone-number-quality-update': ['phone_number.quality'],
  'field-phone-number-name-update': ['phone_number.name'],
  'field-account-update': ['business.account'],
  'field-account-alerts': ['business.account'],
  'field-account-review-update': ['business.account'],
  'field-business-capability-update': ['business.account'],
  'field-flows': ['flow.status'],
  'field-flows-latency': ['flow.status'],
  'field-group-lifecycle-update': ['group.updated'],
  'field-group-settings-update': ['group.updated'],
  'field-group-status-update': ['group.updated'],
  'field-group-participants-update': ['group.participants'],
  'field-calls': ['call.received'],
  'field-calls-terminate': ['meta.calls'],
  'field-user-id-update': ['contact.updated'],
  'field-smb-app-state-sync': ['contact.updated', 'contact.updated'],
  'field-history-declined': ['meta.history'],
  'field-odd-name': ['meta.unknown'],
  'object-page': ['meta.feed'],
}

function expected(name: string): string[] {
  const known = EXPECTED[name]
  if (known) return known
  return name.startsWith('message-')
    ? ['message.received']
    : [`meta.${name.slice('field-'.length).replaceAll('-', '_')}`]
}

let at: Stand
before(() => {
  at = stand()
  at.run(account('shop'))
})
after(() => at.close())

/** Posts a sample as JSON text and answers the events that it became. */
async function told(
  json: string,
): Promise<{ type: string; data: Loose; raw: Loose; chat: string | null; key: string }[]> {
  const count = at.desk.batches.length
  const answer = await at.post(json)
  assert.equal(answer?.status, 200)
  assert.equal(at.desk.batches.length, count + 1, 'one unit per callback')
  return (at.desk.batches.at(-1) ?? []).map((draft) => ({
    type: draft.type,
    data: JSON.parse(draft.data),
    raw: draft.raw === null ? null : JSON.parse(draft.raw),
    chat: draft.chat,
    key: draft.origin?.key ?? '',
  }))
}

const one = async (name: string): Promise<Awaited<ReturnType<typeof told>>[0]> => {
  const [event] = await told(JSON.stringify(sample(name)))
  assert.ok(event)
  return event
}

describe('each sample', () => {
  for (const name of sampleNames()) {
    it(`${name} becomes ${expected(name).join(', ')}, whichever way it is escaped`, async () => {
      const plain = await told(JSON.stringify(sample(name)))
      const other = await told(escaped(sample(name)))
      assert.deepEqual(
        plain.map(({ type }) => type),
        expected(name),
      )
      assert.deepEqual(other, plain, 'the escaped form is the same event with the same dedupe key')
      for (const { raw, key } of plain) {
        assert.ok(key.length > 10)
        assert.ok(JSON.stringify(sample(name)).includes(JSON.stringify(raw)), "raw is Meta's own object")
      }
    })
  }
})

describe('a message', () => {
  it('tells who wrote, in which chat, when and what', async () => {
    const { data, chat, key } = await one('message-text')
    const { message_id, ...rest } = data
    const person = { id: '15550100301', phone: '+15550100301', lid: null, name: 'Adaeze Obi' }
    assert.deepEqual(rest, {
      chat: { ...person, is_group: false },
      from: person,
      from_me: false,
      message_type: 'text',
      timestamp: '2025-11-20T09:15:00.000Z',
      context: null,
      media: null,
      text: { body: 'Grüße aus Łódź, の 🎈 </script>' },
    })
    assert.equal(chat, '15550100301')
    assert.equal(key, `m:409876543210987:${message_id}`)
  })
  it('says what it answers, and whether it was forwarded', async () => {
    const reply = await one('message-text-reply')
    assert.deepEqual(reply.data.context, {
      quoted_id: 'wamid.cXVvdGVkIG1lc3NhZ2U=',
      quoted_from: '15550100200',
      forwarded: false,
      frequently_forwarded: false,
    })
    const forwarded = await one('message-text-forwarded')
    assert.deepEqual(forwarded.data.context, {
      quoted_id: null,
      quoted_from: null,
      forwarded: true,
      frequently_forwarded: true,
    })
    const product = await one('message-text-product')
    assert.deepEqual(product.data.context.referred_product, {
      catalog_id: '700000000000001',
      product_retailer_id: 'mug-blue',
    })
  })
  it('keeps the advertisement that it came by', async () => {
    assert.equal((await one('message-text-referral')).data.referral.ctwa_clid, 'Aff-own')
  })
  it('splits a file into media and the rest, without the link that needs a token', async () => {
    const { data } = await one('message-image')
    assert.deepEqual(data.media, {
      id: '810000000000001',
      mime_type: 'image/jpeg',
      size: null,
      sha256: '8JYkqC7GgXO0d2l5o0K7fGAzvQG1dU0o6h8mVZ6Vw3E=',
      filename: null,
      file_id: null,
      url: null,
    })
    assert.deepEqual(data.image, { caption: 'The shelf' })
    assert.deepEqual((await one('message-audio')).data.audio, { voice: true })
    const document = await one('message-document')
    assert.equal(document.data.media.filename, 'Rechnung März.pdf')
    assert.equal(document.data.document.caption, 'As asked')
  })
  it('reads the answers of a flow, and leaves what is no JSON as it is', async () => {
    const flow = await one('message-interactive-flow')
    assert.deepEqual(flow.data.interactive.nfm_reply.response, { flow_token: 't-1', stars: 5, words: 'schön' })
    const broken = await one('message-interactive-flow-broken')
    assert.equal(broken.data.interactive.nfm_reply.response_json, '{"flow_token":')
    assert.ok(!('response' in broken.data.interactive.nfm_reply))
  })
  it('carries the errors of a type that the API does not bring, also those beside it', async () => {
    const { data } = await one('message-unsupported')
    assert.equal(data.message_type, 'unsupported')
    assert.equal(data.errors[0].code, 131051)
    assert.equal(data.errors[0].details, 'Message type is currently not supported.')
    assert.equal((await one('message-interactive-empty')).data.errors[0].code, 131000)
  })
  it('of a type of tomorrow is told under its own name', async () => {
    const { data } = await one('message-hologram')
    assert.equal(data.message_type, 'hologram')
    assert.deepEqual(data.hologram, { depth: 3, frames: [1, 2] })
  })
  it('in a group belongs to the chat of the group', async () => {
    const { data, chat } = await one('message-group')
    assert.equal(data.chat.is_group, true)
    assert.equal(chat, data.chat.id)
    assert.equal(data.from.id, '15550100301')
  })
  it('about another one names it as target_id', async () => {
    const reaction = await one('message-reaction')
    assert.equal(reaction.data.target_id, 'wamid.cmVhY3RlZA==')
    assert.equal(reaction.data.reaction.emoji, '🎉')
    assert.equal((await one('message-reaction-removed')).data.reaction.emoji, '')
    assert.equal((await one('message-revoke')).data.target_id, 'wamid.b3JpZ2luYWw=')
    const edit = await one('message-edit')
    assert.equal(edit.data.target_id, 'wamid.b3JpZ2luYWw=')
    assert.equal(edit.data.message_type, 'image')
    assert.equal(edit.data.image.caption, 'The other shelf')
    assert.equal(edit.data.context.quoted_id, 'wamid.cXVvdGVk')
  })
  it('echoed from the business app is from us, in the chat of the person', async () => {
    const { data, chat } = await one('echo-text')
    assert.equal(data.from_me, true)
    assert.equal(chat, '15550100301')
    assert.equal(data.from.phone, '+15550100200')
  })
})

describe('people without a number', () => {
  it('are known by their user id, whether the number is empty or absent', async () => {
    const empty = await one('message-user-id')
    assert.deepEqual(empty.data.from, {
      id: 'US.13491208655302741918',
      phone: null,
      lid: 'US.13491208655302741918',
      name: 'ade',
    })
    assert.equal(empty.chat, 'US.13491208655302741918')
    const absent = await one('message-user-id-absent')
    assert.deepEqual(absent.data.from, { id: 'US.ENT.9zY', phone: null, lid: 'US.ENT.9zY', name: 'ade.writes' })
  })
  it('keep the number as their id while it is told', async () => {
    const { data } = await one('message-both-ids')
    assert.deepEqual(data.from, {
      id: '15550100301',
      phone: '+15550100301',
      lid: 'US.13491208655302741918',
      name: 'Adaeze Obi',
    })
  })
  it('are found in system messages, which have no contacts', async () => {
    assert.equal((await one('message-system')).data.from.id, '15550100301')
    assert.equal((await one('message-system-user-id')).data.from.id, 'US.20000000000000000002')
  })
  it('are told of in statuses', async () => {
    assert.equal((await one('status-user-id')).data.chat.id, 'US.13491208655302741918')
  })
})

describe('a status', () => {
  it('of a message that was sent elsewhere has the id of the transport', async () => {
    const { data, key } = await one('status-sent')
    assert.equal(data.message_id, 'wamid.b3VyIG93biBvdXRib3VuZA==')
    assert.equal(data.transport_id, data.message_id)
    assert.deepEqual(data.pricing, { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' })
    assert.equal(data.conversation.id, 'conv-own-1')
    assert.equal(key, 's:409876543210987:wamid.b3VyIG93biBvdXRib3VuZA==:sent:15550100301:1763630100')
  })
  it('of a failure has the reason in the words of Meta', async () => {
    assert.deepEqual((await one('status-failed')).data.error, {
      code: 131047,
      title: 'Re-engagement message',
      message: 'Re-engagement message',
      details: 'More than 24 hours have passed.',
    })
  })
  it('in a group says whose it is', async () => {
    const { data } = await one('status-group')
    assert.equal(data.chat.is_group, true)
    assert.equal(data.recipient.id, '15550100301')
  })
})

describe('other fields', () => {
  it('are told with their id as a text, and with the whole value', async () => {
    const { data } = await one('field-message-template-status-update')
    assert.equal(data.template_id, '1689556908129832')
    assert.equal(data.status, 'REJECTED')
    assert.equal(data.waba_id, '307654321098765')
    assert.equal(data.timestamp, '2025-11-20T09:15:01.000Z')
    assert.equal(data.value.rejection_info.reason, 'own words')
  })
  it('about groups belong to the chat of the group', async () => {
    const { data, chat } = await one('field-group-participants-update')
    assert.equal(chat, data.chat.id)
    assert.equal(data.action, 'remove')
    assert.deepEqual(
      data.participants.map(({ id }: Loose) => id),
      ['15550100301', 'US.13491208655302741918'],
    )
  })
  it('about people say what changed', async () => {
    const { data } = await one('field-user-id-update')
    assert.equal(data.contact.lid, 'US.20000000000000000002')
    assert.equal(data.previous_lid, 'US.10000000000000000001')
    const events = await told(JSON.stringify(sample('field-smb-app-state-sync')))
    assert.deepEqual(
      events.map(({ data: { change, contact } }) => [change, contact.name]),
      [
        ['saved', 'Bo Lind'],
        ['removed', null],
      ],
    )
  })
  it('without an event of their own are kept as they came', async () => {
    const { data } = await one('field-history')
    assert.equal(data.field, 'history')
    assert.equal(data.entry_id, '307654321098765')
    assert.equal(data.item.history[0].threads[0].messages[0].id, 'wamid.b2xk')
  })
})

describe('the signature', () => {
  it('of the vector in the documents is the one that we expect', async () => {
    const vector = stand()
    vector.run(account('shop', { appSecret: 'test-app-secret' }))
    const body = Buffer.from('{"object":"whatsapp_business_account"}')
    assert.equal(
      signatureOf(body, 'test-app-secret'),
      'sha256=b6978b21c4467654c466607663db9b43fae44b71083568df403e0a077089208e',
    )
    assert.equal((await vector.post(body, { secret: 'test-app-secret' }))?.status, 200)
    await vector.close()
  })
})
