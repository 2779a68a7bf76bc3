// Files and waits of sends, whole: by data, link and id to the simulated Meta, once, and through a kill.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { it } from 'node:test'
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { startChild, throwAway } from './child.ts'
import { refusal, until } from './conditions.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { type Ending, KEY, type Stage, settingsOf, startStage } from './stage.ts'

const ZOE = '15550001111'
/** The smallest PNG: one transparent pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const BYTES = Buffer.from(PIXEL, 'base64')
const image = (more: object) => ({ account_id: 'shop', to: ZOE, mime_type: 'image/png', ...more })

async function standing(t: Ending, config: Record<string, string> = {}) {
  const stage = await startStage(t, { config })
  stage.meta.limits({ window: false })
  const number = await stage.addAccount('shop')
  return { stage, number }
}

async function serving(t: Ending, answer: RequestListener): Promise<string> {
  const server = createHttp(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function outgoing({ meta }: Pick<Stage, 'meta'>): Record<string, Record<string, unknown>>[] {
  return meta
    .messages()
    .filter(({ direction }) => direction === 'out')
    .map(({ message }) => message as Record<string, Record<string, unknown>>)
}

const outbox = (folder: string): string[] => readdirSync(join(folder, 'outbox'))

it('an image goes out by its data, by a link and by the id of an upload, and is the same file each time', async (t) => {
  const { stage } = await standing(t)
  const url = await serving(t, (_request, response) => {
    response.setHeader('content-type', 'image/png')
    response.end(BYTES)
  })
  await stage.api.sendImage(image({ image_data: PIXEL, caption: 'by data' }))
  await stage.api.sendImage({ account_id: 'shop', to: ZOE, image_url: `${url}/pixel.png`, caption: 'by link' })
  const media_id = String(outgoing(stage)[0]?.image?.id)
  await stage.api.sendImage({ account_id: 'shop', to: ZOE, media_id, caption: 'by id' })
  const sent = outgoing(stage)
  assert.deepEqual(
    sent.map(({ image: said }) => said?.caption),
    ['by data', 'by link', 'by id'],
  )
  assert.equal(sent[2]?.image?.id, media_id)
  const sha256 = createHash('sha256').update(BYTES).digest('hex')
  const files = stage.meta.media()
  assert.equal(files.length, 2)
  for (const file of files) assert.deepEqual([file.sha256, file.mimeType], [sha256, 'image/png'])
  assert.deepEqual(outbox(stage.folder), [])
  checkGraphCalls(stage.meta)
})

it('a file that was sent with a key is uploaded and sent once, whatever it is called on its way', async (t) => {
  const { stage } = await standing(t)
  const send = (image_data: string) => stage.api.sendImage(image({ image_data }), { idempotencyKey: 'k' })
  const first = await send(PIXEL)
  for (let n = 0; n < 3; n += 1) assert.deepEqual(await send(PIXEL), first)
  await refusal(send(Buffer.concat([BYTES, BYTES]).toString('base64')), 'mismatch')
  await stage.restart()
  assert.deepEqual(await send(PIXEL), first)
  assert.deepEqual([stage.meta.media().length, outgoing(stage).length, outbox(stage.folder)], [1, 1, []])
})

it('a link into the inside of the network is 400 and nothing is fetched, unless it is listed', async (t) => {
  let asked = 0
  const url = await serving(t, (_request, response) => {
    asked += 1
    response.end(BYTES)
  })
  const { stage } = await standing(t, { allowed_hook_hosts: '10.9.8.7' })
  const sentence = await refusal(stage.api.sendImage(image({ image_url: url })))
  assert.match(sentence, /^image_url: .*WHATSHOOKED_ALLOWED_HOOK_HOSTS/)
  assert.deepEqual([asked, outgoing(stage)], [0, []])
})

it('what the link answers, and what Meta says of the file, is told to the caller and kept with the message', async (t) => {
  const url = await serving(t, (request, response) => {
    if (request.url === '/gone') response.writeHead(404).end()
    else response.setHeader('content-type', 'application/x-unknown').end(BYTES)
  })
  const { stage } = await standing(t)
  const gone = stage.api.sendImage({ account_id: 'shop', to: ZOE, image_url: `${url}/gone` })
  assert.equal(await refusal(gone), 'image_url: answered 404')
  const odd = await refusal(stage.api.sendImage({ account_id: 'shop', to: ZOE, image_url: `${url}/odd` }), 'upstream')
  assert.match(odd, /could not be uploaded/)
  assert.deepEqual([outgoing(stage), outbox(stage.folder)], [[], []])
})

it('an answer may name the message that it answers by our id', async (t) => {
  const { stage } = await standing(t)
  const { message_id } = await stage.api.sendMessage({ account_id: 'shop', to: ZOE, text: 'one' })
  const { id } = await stage.api.getMessage({ id: message_id })
  await stage.api.sendMessage({ account_id: 'shop', to: ZOE, text: 'two', reply_to: id })
  await stage.api.sendReaction({ account_id: 'shop', to: ZOE, message_id: id, emoji: '👍' })
  const [, answer, reaction] = outgoing(stage)
  assert.deepEqual([answer?.context?.message_id, reaction?.reaction?.message_id], [message_id, message_id])
  await refusal(stage.api.sendMessage({ account_id: 'shop', to: ZOE, text: 'x', reply_to: `msg_${'0'.repeat(26)}` }))
  checkGraphCalls(stage.meta)
})

it('what waits for its turn when the server is killed goes out after the next start, in order, with its files', async (t) => {
  const meta = await startMetaSimulator()
  t.after(() => meta.close())
  meta.limits({ window: false })
  const folder = throwAway(t)
  const settings = { data: folder, api_key: KEY, graph_url: meta.url, log_level: 'warn' }
  const before = await startChild(t, settings)
  const api = createClient(native, { baseUrl: before.url, key: KEY })
  const business_api = settingsOf(meta.addNumber({}))
  await api.addAccount({ id: 'shop', type: 'cloud', business_api, pacing: { pair_burst: 1, pair_every: 600 } })
  await api.sendMessage({ account_id: 'shop', to: ZOE, text: 'one' })
  const two = () => api.sendImage(image({ image_data: PIXEL, caption: 'two' }), { idempotencyKey: 'two' })
  const three = () => api.sendMessage({ account_id: 'shop', to: ZOE, text: 'three' }, { idempotencyKey: 'three' })
  const waits: Promise<unknown>[] = []
  for (const send of [two, three]) {
    // Whichever of the two comes second is told that the first one runs: so that is on disk.
    const both = [send(), send()]
    waits.push(...both.map((call) => call.catch((thrown: { code: string }) => thrown.code)))
    await refusal(Promise.race(both), 'conflict')
  }
  assert.equal((await api.getAccountStatus({ id: 'shop' })).queue.waiting, 2)
  assert.equal(outgoing({ meta }).length, 1)
  await before.end('SIGKILL')
  assert.equal((await Promise.all(waits)).filter((said) => said === 'conflict').length, 2)

  const after = await startChild(t, settings)
  const again = createClient(native, { baseUrl: after.url, key: KEY })
  await again.updateAccount({ id: 'shop', type: 'cloud', business_api, pacing: { pair_every: 0.01 } })
  await until(() => outgoing({ meta }).length === 3, 'all are out')
  assert.deepEqual(
    outgoing({ meta }).map(({ text, image: picture }) => text?.body ?? picture?.caption),
    ['one', 'two', 'three'],
  )
  await until(() => outbox(folder).length === 0, 'no file is left')
  checkGraphCalls(meta)
})
