// A number that WhatsApp restricts: nothing goes out, messages still come in, and it is said so.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SendError } from '../../../../src/transports/transport.ts'
import { createStand, type Stand } from './stand.ts'

let at: Stand
before(async () => {
  at = await createStand()
})
after(() => at.close())

describe('a restricted number', () => {
  it('is held back after the first refusal, while messages come in, and is told of when examined', async () => {
    const line = await at.linked()
    const [ok] = await line.examine({ mend: false })
    assert.equal(ok?.result, 'ok')
    at.sim.server.answersAck('463')
    const content = { kind: 'text', text: 'hello', previewUrl: false } as const
    const send = (id: string) => line.send({ id, chat: line.address(at.ann.number), replyTo: null, content })
    await assert.rejects(send('msg_01K0000000000000000000000A'), SendError)
    await at.is(line, 'restricted')
    at.sim.server.answersAck(null)
    await assert.rejects(send('msg_01K0000000000000000000000B'), SendError)
    assert.equal(at.ann.inbox().length, 0)
    await at.ann.says(at.own.number, 'still there?')
    await at.until('the message', () => at.drafts.find(({ data }) => data.includes('still there?')))
    const [finding] = await line.examine({ mend: false })
    assert.equal(finding?.result, 'warning')
    assert.equal(finding?.fix, line.state().reason)
  })

  it('stays restricted over a new connection', async () => {
    const [line] = at.lines
    assert.ok(line)
    at.states.length = 0
    at.sim.server.drops()
    await at.until('the end', () => at.states[0]?.is === 'retrying')
    await at.is(line, 'restricted')
  })

  it('stays restricted over a restart, and knows it before it is connected', async () => {
    const [line] = at.lines
    assert.ok(line)
    const { reason } = line.state()
    await line.stop()
    const next = at.open()
    at.states.length = 0
    next.start()
    assert.equal((await at.is(next, 'restricted')).reason, reason)
    assert.equal(
      at.states.some(({ is }) => is === 'connected'),
      false,
    )
  })
})
