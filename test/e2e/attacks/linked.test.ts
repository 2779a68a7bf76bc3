// Whoever can write to a linked number, or is in a group with it, and means harm: what is told of it, and what is not.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { deflateSync } from 'node:zlib'
import { proto } from 'baileys'
import type { Content, Phone, SayOptions, Stanza } from '../../../simulator/whatsapp/index.ts'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'
import { stanza } from '../../../simulator/whatsapp/wire/stanza.ts'
import { eventOf, type ToldEvent } from '../events.ts'
import { type Ending, KEY } from '../stage.ts'
import { startWebStage, type WebStage } from '../web/stage.ts'

const ME = '15550000001'
const MALLORY = '15551234567'
const BOB = '15557654321'

let stage: WebStage
let mallory: Phone
let bob: Phone
let club: string
const written: Stanza[] = []
const endings: (() => Promise<void>)[] = []
const ending: Ending = { after: (run) => void endings.push(run) }

before(async () => {
  stage = await startWebStage(ending)
  await stage.link('mine', ME, { media: { download: true } })
  const { whatsapp } = stage
  mallory = whatsapp.phone(MALLORY, { name: 'Mallory' })
  bob = whatsapp.phone(BOB, { name: 'Bob' })
  club = whatsapp.groups.create({ subject: 'Club', creator: ME, members: [MALLORY, BOB] }).id
  whatsapp.server.on('heard', (what, device) => {
    if (what.tag === 'message' && device?.account.number === ME) written.push(what)
  })
})
after(async () => {
  for (const end of endings) await end()
})

/** All that was told up to now. */
const told = (): ToldEvent[] => stage.receiver.received.map(eventOf)
const about = (id: string): ToldEvent[] => told().filter(({ data }) => data.message_id === id)

/** Resolves when something ordinary arrived that was written after all that came before, in each chat. */
async function allIsWell(): Promise<void> {
  for (const [phone, to] of [
    [mallory, ME],
    [mallory, club],
    [bob, ME],
    [bob, club],
  ] as const) {
    const id = await phone.says(to, 'all well')
    const { data } = await stage.told('mine', 'message.received', ({ data }) => data.message_id === id)
    assert.deepEqual([data.text.body, data.from.phone], ['all well', `+${phone.number}`])
  }
}

/** How many were dropped so far, by reason. */
async function dropped(): Promise<Record<string, number>> {
  const metrics = await (await fetch(`${stage.url}/metrics`, { headers: { 'x-api-key': KEY } })).text()
  const lines = metrics.matchAll(/^whatshooked_dropped_messages_total\{.*reason="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...lines].map(([, reason, count]) => [reason, Number(count)]))
}

/** Writes all of it to the number and to the group; nothing is told of it but that it was dropped, for that reason. */
async function isDropped(reason: string, attacks: readonly { content: Content; options?: SayOptions }[]) {
  const before = (await dropped())[reason] ?? 0
  const ids: string[] = []
  for (const { content, options } of attacks)
    for (const to of [ME, club]) ids.push(await mallory.says(to, content, options))
  await allIsWell()
  for (const id of ids) assert.deepEqual(about(id), [])
  assert.equal((await dropped())[reason], before + ids.length)
}

function sends(what: Stanza): void {
  stage.whatsapp.server.sends({ phone: ME, id: stage.whatsapp.phone(ME).companions()[0]?.id ?? 1 }, what)
}

describe('somebody who writes to a linked number', () => {
  it('gives it no orders that only its own phone may give', async () => {
    const { Type } = proto.Message.ProtocolMessage
    const keyId = randomBytes(6)
    const history = proto.HistorySync.encode({
      syncType: proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP,
      pushnames: [{ id: bob.pn, pushname: 'FORGED' }],
    }).finish()
    const key = { remoteJid: bob.pn, id: 'FORGED', fromMe: false }
    const orders = [
      say.forged.appStateKeys(randomBytes(32), keyId),
      say.forged.historyNotice(deflateSync(history)),
      say.forged.resentMessage(key, say.text('FORGED')),
      say.forged.lidMapping([{ phone: Number(BOB), lid: Number(mallory.lid.split('@')[0]) }]),
      { protocolMessage: { type: Type.APP_STATE_FATAL_EXCEPTION_NOTIFICATION } },
      { protocolMessage: { type: Type.PEER_DATA_OPERATION_REQUEST_MESSAGE } },
    ]
    const attacks = orders.flatMap((content) => [{ content }, { content: say.forged.nested(1, content) }])
    await isDropped('forged', attacks)
    await isDropped('forged', [{ content: say.text('among devices?'), options: { attrs: { category: 'peer' } } }])
    const id = await bob.says(ME, 'it is me')
    const { data } = await stage.told('mine', 'message.received', ({ data }) => data.message_id === id)
    assert.deepEqual([data.from.phone, data.from.lid, data.from.name], [`+${BOB}`, bob.lid, 'Bob'])
    assert.ok(!stage.receiver.received.some(({ body }) => body.includes('FORGED')))
    const database = new DatabaseSync(join(stage.folder, 'whatshooked.db'), { readOnly: true })
    const kept = database.prepare('SELECT 1 FROM session_key WHERE id = ?').all(keyId.toString('base64'))
    database.close()
    assert.deepEqual(kept, [])
  })

  it('neither edits nor takes back what somebody else wrote, and who wrote it still does', async () => {
    const theirs = await bob.says(club, 'we meet at six')
    await allIsWell()
    const keys = [bob.lid, bob.pn, mallory.lid].flatMap((participant) =>
      [true, false].map((fromMe) => ({ remoteJid: club, id: theirs, fromMe, participant })),
    )
    const before = (await dropped()).forged ?? 0
    for (const key of keys) {
      await mallory.says(club, say.edit(key, say.text('we meet at nine')), { attrs: { edit: '1' } })
      await mallory.says(club, say.revoke(key), { attrs: { edit: '7' } })
    }
    await allIsWell()
    assert.equal((await dropped()).forged, before + 2 * keys.length)
    const changes = () => told().filter(({ data }) => data.target_id === theirs)
    assert.deepEqual(changes(), [])
    const own = { remoteJid: club, id: theirs, fromMe: true, participant: bob.lid }
    await bob.says(club, say.edit(own, say.text('we meet at seven')), { attrs: { edit: '1' } })
    await allIsWell()
    assert.deepEqual(
      changes().map(({ type, data }) => [type, data.text.body, data.from.phone]),
      [['message.edited', 'we meet at seven', `+${BOB}`]],
    )
  })

  it('does not have the number say what they wrote, by asking for it again as if it were ours', async () => {
    const inGroup = await mallory.says(club, 'I hereby resign')
    const alone = await mallory.says(ME, 'I owe Mallory 1000')
    await allIsWell()
    written.length = 0
    for (const [id, where] of [
      [alone, { from: mallory.lid }],
      [alone, { from: mallory.pn }],
      [inGroup, { from: club, participant: mallory.lid }],
      [inGroup, { from: club, participant: mallory.pn }],
    ] as const) {
      const t = String(Math.floor(Date.now() / 1000))
      sends(stanza('receipt', { id, type: 'retry', t, ...where }, [stanza('retry', { count: '1', id, t, v: '1' })]))
    }
    await stage.whatsapp.server.wait(() => false, { withinMs: 600 }).catch(() => {})
    await allIsWell()
    assert.deepEqual(written, [])
  })

  it('does not speak as somebody else, nor as the number itself', async () => {
    const id = await mallory.says(ME, say.forged.sentByYou(bob.pn, say.text('I quit')))
    const quote = { id: '3EB0NEVERWRITTEN', from: stage.whatsapp.phone(ME).pn, message: say.text('you get a refund') }
    const quoting = await mallory.says(ME, say.text('as you said', { quotes: quote }))
    await allIsWell()
    const [{ data } = assert.fail(), ...others] = about(id)
    assert.deepEqual(
      [data.from_me, data.from.phone, data.chat.phone, others],
      [false, `+${MALLORY}`, `+${MALLORY}`, []],
    )
    const [quoted] = about(quoting)
    assert.deepEqual([quoted?.data.context.quoted_id, quoted?.data.text.body], [quote.id, 'as you said'])
    assert.ok(!JSON.stringify(quoted).includes('you get a refund'))
    await assert.rejects(stage.api.getMessage({ id: quote.id }), /no message/)
  })

  it('keeps nobody else silent by an id that they use first, and takes nobody’s place by one that they use again', async () => {
    const id = '3A00112233445566778899'
    for (const [phone, to] of [
      [mallory, ME],
      [mallory, club],
      [bob, ME],
      [bob, club],
    ] as const)
      await phone.says(to, `by ${phone.number}`, { id })
    await allIsWell()
    const places = about(id).map(({ data }) => `${data.from.phone} ${data.chat.is_group} ${data.text.body}`)
    const four = [MALLORY, BOB].flatMap((by) => [`+${by} false by ${by}`, `+${by} true by ${by}`])
    assert.deepEqual(places.toSorted(), four.toSorted())

    const price = await bob.says(club, 'it costs 5')
    await mallory.says(club, 'it costs 5000', { id: price })
    await allIsWell()
    await stage.api.sendMessage({ account_id: 'mine', to: club, text: 'agreed', reply_to: price })
    const heard = await bob.hears(({ text }) => text === 'agreed')
    const { contextInfo } = heard.content.extendedTextMessage ?? {}
    assert.deepEqual([contextInfo?.participant, contextInfo?.quotedMessage?.conversation], [bob.lid, 'it costs 5'])
  })

  it('rings as nobody but themselves', async () => {
    const attrs = { from: mallory.lid, id: 'CALL1', t: String(Math.floor(Date.now() / 1000)) }
    sends(stanza('call', attrs, [stanza('offer', { 'call-id': 'AB01', 'call-creator': bob.lid, caller_pn: bob.pn })]))
    const own = { 'call-id': 'AB02', 'call-creator': mallory.lid, caller_pn: bob.pn }
    sends(stanza('call', { ...attrs, id: 'CALL2' }, [stanza('offer', own)]))
    for (const call of ['AB01', 'AB02']) {
      const { data } = await stage.told('mine', 'call.received', ({ data }) => data.call_id === call)
      assert.deepEqual([data.from.phone, data.from.lid], [`+${MALLORY}`, mallory.lid])
    }
    await allIsWell()
  })

  it('breaks nothing by ids and times that nobody has', async () => {
    const ids = ['x'.repeat(100_000), 'a b', 'a\nb', 'a"b\u0000', '\u202e123']
    await isDropped(
      'malformed',
      ids.map((id) => ({ content: 'with an id', options: { id } })),
    )
    const times = [-1, 95_617_584_000]
    await isDropped(
      'malformed',
      times.map((at) => ({ content: 'at a time', options: { at } })),
    )
    const quoted = `"'\\\`<b>&;`
    const id = await mallory.says(ME, 'quotes', { id: quoted })
    const later = await mallory.says(ME, 'from the future', { at: 4_000_000_000 })
    await allIsWell()
    assert.deepEqual([about(id).length, about(later)[0]?.data.timestamp], [1, '2096-10-02T07:06:40.000Z'])
  })

  it('has words and files told as they are, and has them do nothing', async () => {
    const { media } = stage.whatsapp
    const words = '<img src=x onerror=alert(1)>\u202e\u0000\u0007\r\nX-Evil: 1 {{7*7}}'
    const file = media.publish(randomBytes(3000), 'document')
    const odd = { filename: '../../x\r\nSet-Cookie: a=b".pdf', mimeType: 'text/html\r\nX-Evil: 1' }
    const named = await mallory.says(ME, say.document(file, odd))
    const said = await mallory.says(ME, words)
    const lies = [
      [{ directPath: '@127.0.0.1:1/x' }, /does not say where its file is/],
      [{ directPath: '//127.0.0.1:1/x' }, /does not say where its file is/],
      [{ directPath: '/../../etc/passwd' }, /not there any more|is not at WhatsApp/],
      [{ fileLength: 3 }, /longer than its message says/],
      [{ fileLength: 9e15 }, /larger than/],
      [{ fileSha256: randomBytes(32) }, /wrong SHA-256/],
      [{ mediaKey: randomBytes(32) }, /wrong MAC/],
    ] as const
    const ids: string[] = []
    for (const [lie] of lies) ids.push(await mallory.says(ME, { documentMessage: { ...file, ...lie } }))
    await allIsWell()
    assert.equal(about(said)[0]?.data.text.body, words)
    for (const [at, id] of ids.entries()) {
      const { data } = await stage.told('mine', 'message.received', ({ data }) => data.message_id === id)
      assert.equal(data.media.url, null)
      assert.match(data.media.error, lies[at]?.[1] ?? assert.fail())
    }
    const { data } = await stage.told('mine', 'message.received', ({ data }) => data.message_id === named)
    const { status, headers } = await fetch(data.media.url)
    assert.deepEqual([status, headers.get('x-evil'), headers.get('set-cookie')], [200, null, null])
    assert.equal(headers.get('content-type'), 'application/octet-stream')
    assert.match(String(headers.get('content-disposition')), /^attachment; filename="[^"/\r\n]*"; /)
  })

  it('has nothing asked for again that decrypts to rubbish, and holds nobody up with it', async () => {
    const rubbish = { conversation: 'what no phone writes' }
    const { encode } = proto.Message
    // Whoever attacks encrypts what they like.
    const bytes = { finish: () => Buffer.alloc(100, 0xff) } as unknown as ReturnType<typeof encode>
    proto.Message.encode = (message, writer) => (message === rubbish ? bytes : encode(message, writer))
    stage.whatsapp.server.clears()
    try {
      await isDropped('malformed', [{ content: rubbish }, { content: say.forged.nested(500) }])
    } finally {
      proto.Message.encode = encode
    }
    const again = stage.whatsapp.server.receipts().filter(({ type }) => type === 'retry')
    assert.deepEqual(again, [])
  })

  it('takes no memory with what is too large to be told', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const content = say.forged.hugeText(1_200_000)
    const before = (await dropped()).oversized ?? 0
    collect()
    const { heapUsed } = process.memoryUsage()
    for (let count = 0; count < 8; count += 1) await mallory.says(ME, content)
    await allIsWell()
    assert.equal((await dropped()).oversized, before + 8)
    collect()
    const grown = process.memoryUsage().heapUsed - heapUsed
    assert.ok(grown < 6_000_000, `${grown} bytes`)
  })
})
