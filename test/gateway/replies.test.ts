// What a hook answers is sent: every kind of message, to the event's chat unless it says otherwise, once per event and hook.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createReplies } from '../../src/gateway/replies.ts'
import { type Log, silentLog } from '../../src/kit/log.ts'
import type { RecordedEvent } from '../../src/model/event.ts'
import type { Hook } from '../../src/model/hook.ts'
import { readSend } from '../../src/surfaces/native/send-answer.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'
import { type Ending, keep, stand } from './stand.ts'

const HOOK = { id: 'crm', no: 7, accounts: [] as readonly string[] } as Hook
const ZOE = '15550001111'

function event(more: Partial<RecordedEvent> = {}): RecordedEvent {
  return { seq: 1, type: 'message.received', account: 'shop', chat: ZOE, at: 1, data: '{}', raw: null, ...more }
}

async function standing(t: Ending) {
  const made = await stand(t, await keep(t, new FakeClock()))
  const problems: string[] = []
  const warn: Log['warn'] = (_text, fields) => void problems.push(String(fields?.problem))
  const log = { ...silentLog, warn }
  const reply = createReplies({ messages: made.messages, readSend, outbox: made.folder, log })
  const answer = async (said: unknown, about = event()) => {
    await reply(HOOK, about, JSON.stringify(said))
    // A file goes a moment after its message has ended.
    const isOver = async () =>
      (await made.store.messages.unsettled()).length === 0 && (await made.folder.names()).length === 0
    for (let tries = 0; tries < 100 && !(await isOver()); tries += 1) await settle(10)
  }
  return { ...made, problems, answer }
}

it('an item of `send` names its operation and has its body; account and chat are the event’s', async (t) => {
  const { answer, side, problems, folder } = await standing(t)
  await answer({
    send: [
      { operation: 'sendImage', image_data: Buffer.from('picture').toString('base64'), caption: 'look' },
      { operation: 'sendLocation', latitude: 1.5, longitude: -2, to: '15550002222' },
      { text: 'plain' },
    ],
  })
  assert.deepEqual(problems, [])
  assert.deepEqual(
    side.uploaded.map(({ kind, bytes }) => [kind, bytes.toString()]),
    [['image', 'picture']],
  )
  assert.deepEqual(side.sent.map(({ chat, content }) => [chat, content.kind]).toSorted(), [
    [ZOE, 'image'],
    [ZOE, 'text'],
    ['15550002222', 'location'],
  ])
  assert.deepEqual(
    side.sent.filter(({ chat }) => chat === ZOE).map(({ content }) => content.kind),
    ['image', 'text'],
    'one chat keeps its order, also when a file has to go before',
  )
  assert.deepEqual(await folder.names(), [])
})

it('a reply is a text to the chat of the event, whatever else it says; it may name an operation too', async (t) => {
  const { answer, side, problems } = await standing(t)
  await answer([
    { reply: { text: 'a', to: '15559999999', account_id: 'other', mood: 'good' } },
    { reply: { operation: 'sendReaction', message_id: 'wamid.x', emoji: '👍', to: '15559999999' } },
  ])
  assert.deepEqual(problems, [])
  assert.deepEqual(
    side.sent.map(({ chat, content }) => [chat, content.kind]),
    [
      [ZOE, 'text'],
      [ZOE, 'reaction'],
    ],
  )
})

it('what cannot be read or sent is said in the log with its field, and holds up nothing', async (t) => {
  const { answer, side, problems, folder } = await standing(t)
  await answer({
    send: [
      { operation: 'sendFax' },
      { operation: 5 },
      { operation: 'sendImage', caption: 'of what?' },
      { operation: 'sendImage', image_data: '' },
      { operation: 'sendImage', image_url: 'http://169.254.169.254/x' },
      { text: 'x', account_id: 'nobody' },
      { text: 'good' },
    ],
  })
  assert.equal(side.sent.length, 1)
  const begins = [
    'operation: must be one of',
    'operation: must be the name',
    '',
    'image_data',
    'image_url',
    'account_id',
  ]
  assert.equal(problems.length, begins.length, problems.join('\n'))
  for (const [index, begin] of begins.entries())
    assert.ok(problems[index]?.startsWith(begin), `${problems[index]} should begin with ${begin}`)
  assert.deepEqual(await folder.names(), [])
})

it('only what somebody wrote is replied to, unless the answer says to whom', async (t) => {
  const { answer, side, problems } = await standing(t)
  await answer([{ reply: { text: 'a' } }, { send: [{ text: 'b' }] }], event({ type: 'message.delivered' }))
  await answer({ reply: { text: 'c' } }, event({ seq: 2, data: '{"from_me":true}' }))
  assert.deepEqual([side.sent.length, problems.length], [0, 3])
  await answer({ send: [{ text: 'd', to: ZOE }] }, event({ seq: 3, type: 'message.delivered' }))
  assert.equal(side.sent.length, 1)
})

it('an event that is delivered again sends nothing again, and leaves no file behind', async (t) => {
  const { answer, side, folder } = await standing(t)
  const said = { send: [{ operation: 'sendDocument', document_data: 'eA==', filename: 'x.txt' }, { text: 'x' }] }
  for (let n = 0; n < 3; n += 1) await answer(said)
  assert.deepEqual([side.sent.length, side.uploaded.length, await folder.names()], [2, 1, []])
  await answer(said, event({ seq: 2 }))
  assert.equal(side.sent.length, 4)
})
