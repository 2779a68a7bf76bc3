// Receipts over a linked device: news of messages that this server sent, and of no others.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, ANN_LID, AT, BEN, BEN_LID, GROUP, MY_JID, Stand } from './stand.ts'

describe('a receipt', () => {
  for (const status of ['delivered', 'read', 'played'] as const) {
    it(`of the type ${status} is news of the message that it names`, async () => {
      const at = new Stand()
      at.sent('OUT1', '15551234567', { publicId: 'msg_first_told' })
      const [told, ...rest] = await at.receipt({ type: status })
      assert.ok(told && rest.length === 0)
      assert.equal(told.type, `message.${status}`)
      const person = { id: '15551234567', phone: '+15551234567', lid: null, name: null }
      assert.deepEqual(told.data, {
        ...{ message_id: 'msg_first_told', transport_id: 'OUT1', chat: { ...person, is_group: false } },
        ...{ recipient: null, status, timestamp: '2026-11-22T10:00:00.000Z', error: null },
      })
      assert.deepEqual(told.draft.news, {
        ...{
          id: 'msg_OUT1',
          status,
          recipient: '',
          at: AT,
          transportId: 'OUT1',
          publicId: 'msg_first_told',
          error: null,
        },
      })
      assert.equal(told.key, `s:shop:OUT1:${status}:15551234567`)
    })
  }

  it('of several messages is recorded in one unit, those of ours only', async () => {
    const at = new Stand()
    at.sent('A', '15551234567')
    at.sent('B', '15551234567')
    at.sent('ELSEWHERE', '15551234567', { account: 'other' })
    const told = await at.receipt({ ids: ['A', 'PHONE', 'B', 'A', 'ELSEWHERE'] })
    assert.deepEqual(
      told.map(({ data }) => data.message_id),
      ['A', 'B'],
    )
  })

  it('that is quicker than the ack of its message, or comes when that was lost, tells first that it was sent', async () => {
    for (const status of ['sending', 'unknown'] as const) {
      const at = new Stand()
      at.sent('OUT1', GROUP, { status, transportId: null })
      const told = await at.receipt({ chat: GROUP, participant: ANN, type: 'read' })
      assert.deepEqual(
        told.map(({ type, data, draft }) => [type, data.status, data.recipient?.id, draft.news?.recipient]),
        [
          ['message.sent', 'sent', undefined, ''],
          ['message.read', 'read', '15551234567', '15551234567'],
        ],
      )
    }
  })

  it('in a group says whose it is, by number where that is known', async () => {
    const at = new Stand()
    at.sent('OUT1', GROUP)
    await at.notice('lid-mapping.update', { lid: BEN_LID, pn: BEN })
    const told = [
      ...(await at.receipt({ chat: GROUP, participant: BEN_LID })),
      ...(await at.receipt({ chat: GROUP, participant: ANN })),
    ]
    assert.deepEqual(
      told.map(({ chat, data, draft }) => [chat, data.recipient.id, draft.news?.recipient]),
      [
        [GROUP, '15557654321', '15557654321'],
        [GROUP, '15551234567', '15551234567'],
      ],
    )
    assert.equal(new Set(told.map(({ key }) => key)).size, 2)
  })

  it('of the chat by its other name is taken, also when nobody knows that it is the same', async () => {
    const at = new Stand()
    at.sent('OUT1', '15551234567')
    assert.equal((await at.receipt({ chat: ANN_LID })).length, 1)
    await at.notice('lid-mapping.update', { lid: ANN_LID, pn: ANN })
    assert.equal((await at.receipt({ chat: ANN_LID }))[0]?.chat, '15551234567')
  })

  it('of somebody who was not written to is forged', async () => {
    const at = new Stand()
    at.sent('OUT1', '15551234567')
    await at.notice('lid-mapping.update', { lid: BEN_LID, pn: BEN })
    for (const forged of [{ chat: BEN }, { chat: BEN_LID }, { chat: GROUP, participant: BEN }])
      assert.deepEqual(await at.receipt(forged), [])
    assert.deepEqual(at.dropped, ['forged', 'forged', 'forged'])
  })

  it('by one of our own devices, or of nothing that can be written to, tells nothing', async () => {
    const at = new Stand()
    at.sent('OUT1', '15551234567')
    for (const receipt of [
      { chat: MY_JID },
      { chat: GROUP, participant: MY_JID },
      { chat: GROUP },
      { chat: 'status@broadcast', participant: ANN },
      { chat: 'rubbish' },
      { ids: [] },
    ])
      assert.deepEqual(await at.receipt(receipt), [])
  })

  it('that cannot be recorded fails', async () => {
    const at = new Stand()
    at.sent('OUT1', '15551234567')
    at.trouble = new Error('disk full')
    await assert.rejects(at.receipt({}), /disk full/)
  })
})
