// Messages of a linked device, both ways, over the whole product: texts, files, groups, and what is refused.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { strange } from '../../../simulator/whatsapp/index.ts'
import { openMedia } from '../../../simulator/whatsapp/media/seal.ts'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'
import { refusal } from '../conditions.ts'
import { eventOf } from '../events.ts'
import { type Ending, KEY } from '../stage.ts'
import { startWebStage, type WebStage } from './stage.ts'

const ME = '15550000001'
const ALICE = '15551234567'
const BOB = '15557654321'

describe('a linked number', () => {
  let stage: WebStage
  const endings: (() => Promise<void>)[] = []
  const ending: Ending = { after: (run) => void endings.push(run) }
  before(async () => {
    stage = await startWebStage(ending)
    await stage.link('mine', ME, { media: { download: true } })
    stage.whatsapp.phone(ALICE, { name: 'Alice', autoDelivers: true })
    stage.whatsapp.phone(BOB, { name: 'Bob' })
  })
  after(async () => {
    for (const end of endings) await end()
  })
  const received = (id: string) => stage.told('mine', 'message.received', ({ data }) => data.message_id === id)

  it('tells a text that comes in, with who wrote it', async () => {
    const id = await stage.whatsapp.phone(ALICE).says(ME, 'hello there')
    const { data } = await received(id)
    assert.deepEqual([data.message_type, data.text.body, data.from_me], ['text', 'hello there', false])
    assert.deepEqual([data.from.phone, data.from.name, data.chat.is_group], [`+${ALICE}`, 'Alice', false])
  })

  it('sends a text, and tells that it went out, arrived and was read', async () => {
    const { api, whatsapp } = stage
    const sent = await api.sendMessage({ account_id: 'mine', to: '+1 555 123 4567', text: 'hello back' })
    assert.equal(sent.status, 'ok')
    const id = sent.message_id
    const heard = await whatsapp.phone(ALICE).hears(({ text }) => text === 'hello back')
    assert.deepEqual([heard.id, heard.from], [id, ME])
    const about = ({ data }: { data: { message_id: string } }) => data.message_id === id
    await stage.told('mine', 'message.sent', about)
    await stage.told('mine', 'message.delivered', about)
    whatsapp.phone(ALICE).reads(ME, [heard.id])
    await stage.told('mine', 'message.read', about)
    const told = stage.receiver.received
      .map(eventOf)
      .filter(({ type, data }) => type.startsWith('message.') && about({ data }))
    assert.deepEqual(
      told.map(({ type }) => type),
      ['message.sent', 'message.delivered', 'message.read'],
    )
  })

  it('fetches a picture that comes in, and serves its bytes by a link', async () => {
    const { whatsapp } = stage
    const bytes = randomBytes(70_000)
    const file = whatsapp.media.publish(bytes, 'image')
    const id = await whatsapp.phone(ALICE).says(ME, say.image(file, { caption: 'look', mimeType: 'image/png' }))
    const { data } = await received(id)
    assert.deepEqual([data.message_type, data.media.mime_type, data.media.size], ['image', 'image/png', bytes.length])
    const answer = await fetch(data.media.url)
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png'])
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes))
  })

  it('sends a document, sealed so that only the receiver can open it', async () => {
    const { api, whatsapp } = stage
    const bytes = Buffer.from(`%PDF-1.7 ${randomBytes(3000).toString('hex')}`)
    const sent = await api.sendDocument({
      account_id: 'mine',
      to: `+${ALICE}`,
      document_data: bytes.toString('base64'),
      mime_type: 'application/pdf',
      filename: 'bill.pdf',
    })
    const heard = await whatsapp.phone(ALICE).hears(({ id }) => id === sent.message_id)
    const document = heard.content.documentMessage ?? heard.content.documentWithCaptionMessage?.message?.documentMessage
    assert.deepEqual(
      [document?.fileName, document?.mimetype, Number(document?.fileLength)],
      ['bill.pdf', 'application/pdf', bytes.length],
    )
    const sealed = whatsapp.media.blob(String(document?.directPath))
    assert.ok(sealed && document?.mediaKey && !sealed.includes(bytes.subarray(0, 16)))
    assert.ok(openMedia(sealed, document.mediaKey, 'document').equals(bytes))
  })

  it('tells a message of a group as one of the group', async () => {
    const { whatsapp } = stage
    const group = whatsapp.groups.create({ subject: 'Club', creator: BOB, members: [ME, ALICE] })
    const id = await whatsapp.phone(ALICE).says(group.id, 'hi club')
    const { data } = await received(id)
    assert.deepEqual([data.chat.is_group, data.chat.id, data.text.body], [true, group.id, 'hi club'])
    assert.equal(data.from.phone, `+${ALICE}`)
  })

  it('counts what is forged, for its owner to see, and tells nobody of it', async () => {
    const { whatsapp, url } = stage
    const alice = whatsapp.phone(ALICE)
    const device = whatsapp.phone(ME).companions()[0]?.id ?? 1
    whatsapp.strange(ME, device, strange.plaintext({ from: alice.pn, id: 'CLEAR1' }, say.text('never encrypted')))
    await alice.says(ME, say.forged.appStateKeys())
    await alice.says(ME, say.forged.hugeText(1024 * 1024 + 1))
    await received(await alice.says(ME, 'all well'))
    const metrics = await (await fetch(`${url}/metrics`, { headers: { 'x-api-key': KEY } })).text()
    const counted = metrics.split('\n').filter((line) => line.startsWith('whatshooked_dropped_messages_total{'))
    assert.deepEqual(
      counted.toSorted(),
      ['forged', 'oversized', 'plaintext'].map(
        (reason) => `whatshooked_dropped_messages_total{account="mine",reason="${reason}"} 1`,
      ),
    )
    assert.ok(!stage.receiver.received.some(({ body }) => body.includes('CLEAR1')))
  })

  it('takes no message for sent because somebody says so whom it did not go to', async () => {
    const { api, whatsapp } = stage
    whatsapp.server.holdsAcks()
    let isOut = false
    const sending = api.sendMessage({ account_id: 'mine', to: BOB, text: 'for Bob' }).then((sent) => {
      isOut = true
      return sent
    })
    const heard = await whatsapp.phone(BOB).hears(({ text }) => text === 'for Bob')
    whatsapp.phone(ALICE).delivers(ME, [heard.id])
    // What Alice writes comes behind it.
    await received(await whatsapp.phone(ALICE).says(ME, 'did you write to Bob?'))
    assert.equal(isOut, false)
    whatsapp.server.releasesAcks()
    assert.equal((await sending).message_id, heard.id)
  })

  it('refuses a number that is not on WhatsApp, and sends nothing', async () => {
    const { api, whatsapp } = stage
    const before = whatsapp.phones().length
    const why = await refusal(api.sendMessage({ account_id: 'mine', to: '+1 555 999 0000', text: 'hi nobody' }))
    assert.match(why, /\+15559990000 is not on WhatsApp/)
    assert.equal(whatsapp.phones().length, before)
    for (const phone of whatsapp.phones()) assert.ok(!phone.inbox().some(({ text }) => text === 'hi nobody'))
  })

  it('refuses a template in a sentence', async () => {
    const template = { name: 'hello', language: { code: 'en' } }
    const call = stage.api.sendTemplate({ account_id: 'mine', to: `+${ALICE}`, template })
    assert.match(await refusal(call, 'unsupported'), /Templates .*\.$/)
  })
})
