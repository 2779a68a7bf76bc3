// Files that come in: fetched on arrival, told to hooks as they wish, served by signed links, kept for a time.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { refusal, until } from './conditions.ts'
import { nextEvent, type ToldEvent } from './events.ts'
import { checkGraphCalls } from './graph-calls.ts'
import type { Ending, Stage } from './stage.ts'
import { settingsOf, startStage } from './stage.ts'

const ZOE = '15550001111'
const PDF = { bytes: Buffer.from('%PDF-1.7 not much of one'), mimeType: 'application/pdf', filename: 'bill "ä".pdf' }
const isMessage = ({ type }: ToldEvent) => type === 'message.received'
const isReady = ({ type }: ToldEvent) => type === 'media.ready'

async function startFetching(t: Ending, media: Record<string, unknown> = {}): Promise<Stage> {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const account = { id: 'shop', type: 'business-api', business_api: settingsOf(number) } as const
  await stage.api.updateAccount({ ...account, media: { download: true, ...media } })
  return stage
}

it('a file is fetched on arrival and told as a link that serves the very bytes, without a key', async (t) => {
  const stage = await startFetching(t)
  const receiver = await stage.addHook('crm')
  const said = stage.meta.customer(ZOE).sendsMedia('document', { ...PDF, caption: 'the bill' })
  const { data } = await nextEvent(receiver, isMessage)
  assert.equal(data.message_id, said.id)
  const { url, file_id, ...media } = data.media
  assert.match(file_id, /^med_[0-9A-Z]{26}$/)
  assert.deepEqual(media, {
    id: media.id,
    mime_type: 'application/pdf',
    size: PDF.bytes.length,
    sha256: createHash('sha256').update(PDF.bytes).digest('base64'),
    filename: PDF.filename,
  })
  assert.ok(url.startsWith(`${stage.url}/media/${file_id}?`), url)
  const answer = await fetch(url)
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/pdf'])
  assert.match(String(answer.headers.get('content-disposition')), /^attachment/)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PDF.bytes)
  const part = await fetch(url, { headers: { range: 'bytes=0-7' } })
  assert.deepEqual([part.status, await part.text()], [206, '%PDF-1.7'])
  checkGraphCalls(stage.meta)
})

it('each hook gets files as it wishes: as a link, in base64, both, or not at all', async (t) => {
  const stage = await startFetching(t)
  const wishes = ['link', 'base64', 'both', 'none'] as const
  const receivers = await Promise.all(wishes.map((media) => stage.addHook(media, {}, { media })))
  stage.meta.customer(ZOE).sendsMedia('document', PDF)
  const told = await Promise.all(receivers.map((receiver) => nextEvent(receiver, isMessage)))
  const shapes = told.map(({ data }) => [data.media.url !== null, data.media.data])
  const base64 = PDF.bytes.toString('base64')
  assert.deepEqual(shapes, [
    [true, undefined],
    [false, base64],
    [true, base64],
    [false, undefined],
  ])
})

it('an account that does not ask for files has none fetched, and its events say so', async (t) => {
  const stage = await startStage(t)
  await stage.addAccount('shop')
  const receiver = await stage.addHook('crm')
  stage.meta.customer(ZOE).sendsMedia('document', PDF)
  const { data } = await nextEvent(receiver, isMessage)
  assert.deepEqual([data.media.file_id, data.media.url], [null, null])
  assert.ok(!stage.meta.requests().some(({ path }) => path.endsWith(`/${data.media.id}`)))
})

it('a link that was altered, or that nobody made, leads nowhere', async (t) => {
  const stage = await startFetching(t)
  const receiver = await stage.addHook('crm')
  stage.meta.customer(ZOE).sendsMedia('document', PDF)
  const { url, file_id } = (await nextEvent(receiver, isMessage)).data.media
  const later = url.replace(/expires=(\d+)/, (_: string, at: string) => `expires=${Number(at) + 1}`)
  const wrong = [
    later,
    url.replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A')),
    url.split('?')[0],
    `${stage.url}/media/..%2f..%2fsecret.key?x=1`,
  ]
  for (const one of wrong) assert.equal((await fetch(one)).status, 404, one)
  assert.equal((await fetch(url.replace(file_id, `med_${'0'.repeat(26)}`))).status, 404)
  assert.equal((await fetch(url)).status, 200)
})

it('a failing download does not hold up the event: it goes out with the reason, and media.ready follows', async (t) => {
  const stage = await startFetching(t)
  const receiver = await stage.addHook('crm', {}, { media: 'both' })
  stage.meta.faults.add({ match: 'GET /*', action: { kind: 'unavailable' }, when: { next: 1 } })
  const said = stage.meta.customer(ZOE).sendsMedia('image', { bytes: PNG, mimeType: 'image/png' })
  const first = await nextEvent(receiver, isMessage)
  assert.equal(first.data.message_id, said.id)
  assert.deepEqual([first.data.media.url, first.data.media.data], [null, undefined])
  assert.match(first.data.media.error, /503|unavailable|reached|Service/i)
  const ready = await nextEvent(receiver, isReady)
  assert.equal(ready.data.message_id, said.id)
  assert.equal(ready.data.media.data, PNG.toString('base64'))
  assert.equal((await fetch(ready.data.media.url)).status, 200)
})

it('the body of an event with a file is the same bytes at every attempt, whatever became of the file meanwhile', async (t) => {
  const stage = await startFetching(t)
  let refused = 0
  const receiver = await stage.addHook(
    'crm',
    {
      answer: (request) =>
        request.headers['x-whatshooked-event'] === 'message.received' && refused++ === 0 ? { status: 500 } : {},
    },
    { media: 'both', events: ['message.received', 'media.ready'], retry: { delays: [1], give_up_after: 600 } },
  )
  stage.meta.faults.add({ match: 'GET /*', action: { kind: 'unavailable' }, when: { next: 1 } })
  stage.meta.customer(ZOE).sendsMedia('image', { bytes: PNG, mimeType: 'image/png' })
  await nextEvent(receiver, isReady)
  const bodies = () =>
    receiver.received.filter(({ body }) => body.includes('"message.received"')).map(({ body }) => body)
  await until(() => bodies().length === 2, 'the second attempt')
  assert.equal(bodies()[0], bodies()[1])
})

it('an address of Meta that has expired is asked for once more', async (t) => {
  const stage = await startFetching(t)
  const receiver = await stage.addHook('crm')
  stage.meta.faults.add({
    match: 'GET /whatsapp_business/**',
    action: { kind: 'html', status: 404 },
    when: { next: 1 },
  })
  stage.meta.customer(ZOE).sendsMedia('document', PDF)
  const { data } = await nextEvent(receiver, isMessage)
  assert.equal((await fetch(data.media.url)).status, 200)
})

it('a file that is too large, or of a kind that is not on the list, is left where it is, with the reason', async (t) => {
  const stage = await startFetching(t, { max_bytes: 1000, mime_types: ['image/*'] })
  const receiver = await stage.addHook('crm')
  const zoe = stage.meta.customer(ZOE)
  const large = zoe.sendsMedia('image', { bytes: Buffer.concat([PNG, randomBytes(2000)]), mimeType: 'image/png' })
  const { media: tooLarge } = (await nextEvent(receiver, ({ data }) => data.message_id === large.id)).data
  assert.match(tooLarge.error, /larger than 1000 bytes/)
  const pdf = zoe.sendsMedia('document', PDF)
  const { media: wrongKind } = (await nextEvent(receiver, ({ data }) => data.message_id === pdf.id)).data
  assert.match(wrongKind.error, /application\/pdf/)
  assert.deepEqual(readdirSync(join(stage.folder, 'media')), [])
})

it('a file that was not fetched when the server stopped is fetched after the next start', async (t) => {
  const stage = await startFetching(t)
  const receiver = await stage.addHook('crm')
  stage.meta.faults.add({ match: 'GET /whatsapp_business/**', action: { kind: 'unavailable' }, when: { next: 1 } })
  const said = stage.meta.customer(ZOE).sendsMedia('document', PDF)
  await nextEvent(receiver, isMessage)
  await stage.restart()
  const ready = await nextEvent(receiver, isReady)
  assert.equal(ready.data.message_id, said.id)
})

it('wishes for files that cannot be are refused, naming the field', async (t) => {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const account = { id: 'shop', type: 'business-api', business_api: settingsOf(number) } as const
  assert.match(await refusal(stage.api.updateAccount({ ...account, media: { max_bytes: 0 } })), /media\.max_bytes/)
  assert.match(
    await refusal(stage.api.updateAccount({ ...account, media: { mime_types: ['no type'] } })),
    /media\.mime_types/,
  )
})

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)
