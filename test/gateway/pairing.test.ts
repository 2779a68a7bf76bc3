// Linking a phone, and taking a session to another server.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { createGatewayFor } from '../../src/gateway/view.ts'
import { settle } from '../suites/fake-clock.ts'
import { type LinkedStand, linkedStand } from './linked-stand.ts'

const WEB = { id: 'phone', kind: 'web' } as const
const PASSWORD = 'correct horse battery'

async function added(t: Parameters<typeof linkedStand>[0]): Promise<LinkedStand> {
  const stand = await linkedStand(t)
  await stand.accounts.add(WEB)
  await settle()
  return stand
}

async function linked(t: Parameters<typeof linkedStand>[0]): Promise<LinkedStand> {
  const stand = await added(t)
  await stand.line().scan()
  return stand
}

it('the code that is offered is shown, and pairing begins anew when none is', async (t) => {
  const { pairing, line, clock } = await added(t)
  assert.deepEqual(await pairing.qr('phone'), { by: 'qr', text: '2@code-1', expiresAt: clock.now() + 20_000 })
  line().renew()
  assert.equal((await pairing.qr('phone')).text, '2@code-1-again')
  await clock.advance(24_000)
  assert.equal((await pairing.qr('phone')).text, '2@code-1-again', 'the next one is on its way')
  await clock.advance(2_000)
  const asked = await Promise.all([pairing.qr('phone'), pairing.qr('phone')])
  assert.deepEqual([asked[0].text, asked[1].text, line().begun], ['2@code-2', '2@code-2', 2])
})

it('a refused link is told for a minute to whoever asks again, and is begun anew only on purpose', async (t) => {
  const { pairing, line, clock } = await added(t)
  for (const end of [() => line().refuse('unlinked', 'Refused'), () => line().refuse('broken', 'Banned')]) {
    const { begun } = line()
    const shown = await pairing.qr('phone')
    end()
    const says = line().state().reason
    for (const ms of [0, 30_000, 29_000]) {
      await clock.advance(ms)
      await assert.rejects(pairing.qr('phone'), { code: 'upstream', message: says })
    }
    assert.equal(line().begun, begun)
    await clock.advance(1_000)
    assert.notEqual((await pairing.qr('phone')).text, shown.text, 'after that it begins again')
    line().refuse('unlinked', 'Refused')
    assert.equal((await pairing.qr('phone', true)).by, 'qr')
  }
  await pairing.code('phone', '+15550000001')
  line().refuse('unlinked', 'The code was refused')
  await assert.rejects(pairing.qr('phone'), /The code was refused/)
})

it('a pairing that nobody came to is begun again for whoever asks again', async (t) => {
  const { pairing, line, clock } = await added(t)
  const { expiresAt } = await pairing.qr('phone')
  await clock.advance(expiresAt - clock.now())
  line().refuse('unlinked', 'Nobody came')
  assert.equal((await pairing.qr('phone')).text, '2@code-2')
})

it('a code to type is told as an event of its own, and is shown in place of the QR code until it ends', async (t) => {
  const { pairing, events, clock } = await added(t)
  const code = { by: 'code', text: 'K4RT9WQX', expiresAt: clock.now() + 180_000 }
  assert.deepEqual(await pairing.code('phone', '+15550000001'), code)
  await settle()
  assert.equal(
    JSON.parse(events.findLast(({ type }) => type === 'account.pairing_code')?.data ?? '{}').code,
    'K4RT9WQX',
  )
  assert.deepEqual(await pairing.qr('phone'), code)
  await assert.rejects(pairing.code('phone', 'me'), { code: 'invalid' })
})

it('a code that is asked for while pairing begins is not lost to it', async (t) => {
  const { accounts, pairing, line } = await linkedStand(t)
  await accounts.add(WEB)
  const { text } = await pairing.code('phone', '+15550000001')
  await settle()
  assert.deepEqual([(await pairing.qr('phone')).text, line().begun], [text, 1])
})

it('nothing is offered for accounts that are linked, disabled or not there', async (t) => {
  const { pairing, accounts } = await linked(t)
  await assert.rejects(pairing.qr('phone'), { code: 'exists' })
  await accounts.disable('phone')
  await assert.rejects(pairing.qr('phone'), { code: 'disabled' })
  await assert.rejects(pairing.code('nobody', '1'), { code: 'not-found' })
})

it('a session goes to another server whole: it is off here, and connects there', async (t) => {
  const here = await linked(t)
  const text = await here.pairing.exportSession('phone', PASSWORD)
  assert.match(text, /^whatshooked-session\.v1\.17-8-1\.[\w-]{22}\.[\w-]{16}\.[\w-]+$/)
  assert.equal(text.includes('identity'), false)
  assert.deepEqual([here.accounts.get('phone').account.disabled, here.line().stopped], [true, true])

  const there = await added(t)
  await there.pairing.importSession('phone', `${text.slice(0, 60)}\n${text.slice(60)}\n`, PASSWORD)
  await settle()
  assert.deepEqual([there.accounts.get('phone').state.is, there.line().begun], ['connected', 0])
  assert.deepEqual(await there.store.sessions.whole('phone'), {
    credentials: 'identity of phone',
    keys: [{ type: 'session', id: '1', value: 'ratchet' }],
  })
})

it('a session that was handed over is not logged out when its account is removed here, unless it came back', async (t) => {
  for (const comesBack of [false, true]) {
    const { pairing, accounts, opened } = await linked(t)
    await pairing.exportSession('phone', PASSWORD)
    if (comesBack) {
      await accounts.enable('phone')
      await settle()
      assert.equal(accounts.get('phone').state.is, 'connected')
    }
    await accounts.remove('phone')
    assert.equal(
      opened.reduce((sum, { unlinked }) => sum + unlinked, 0),
      comesBack ? 1 : 0,
    )
  }
})

it('a session that went elsewhere comes back to the account that it was taken from, and is at home there', async (t) => {
  const here = await linked(t)
  const there = await added(t)
  await there.pairing.importSession('phone', await here.pairing.exportSession('phone', PASSWORD), PASSWORD)
  await settle()
  await there.store.sessions.put('phone', { keys: [{ type: 'session', id: '1', value: 'moved on' }] })
  await here.pairing.importSession('phone', await there.pairing.exportSession('phone', PASSWORD), PASSWORD)
  const { keys } = await here.store.sessions.whole('phone')
  assert.deepEqual(keys, [{ type: 'session', id: '1', value: 'moved on' }])
  await here.accounts.remove('phone')
  assert.equal(here.line().unlinked, 1, 'it is logged out from here')
})

/** Another last character for the same bytes: base64 has bits to spare there. */
function sameBits(text: string): string {
  const sealed = text.split('.').at(-1) ?? ''
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(
    (one) => one !== text.at(-1),
  )
  const bytes = (one: string) => Buffer.from(`${sealed.slice(0, -1)}${one}`, 'base64url').toString('hex')
  const other = others.find((one) => bytes(one) === bytes(sealed.at(-1) ?? ''))
  assert.ok(other)
  return other
}

it('another password, a changed text and a text of something else are refused, and nothing is changed', async (t) => {
  const text = await (await linked(t)).pairing.exportSession('phone', PASSWORD)
  const { pairing, accounts, store } = await added(t)
  const parts = text.split('.')
  const with_ = (at: number, value: string) => parts.map((part, index) => (index === at ? value : part)).join('.')
  const flipped = (at: number) => with_(at, `${parts[at]!.startsWith('A') ? 'B' : 'A'}${parts[at]!.slice(1)}`)
  const wrongs: [string, string, RegExp][] = [
    [text, 'Correct horse battery', /^password: is not the one/],
    [flipped(5), PASSWORD, /^password: is not the one .* or the text was changed/],
    [flipped(4), PASSWORD, /^password/],
    [with_(2, '16-8-1'), PASSWORD, /^password/],
    [with_(2, '40-8-1'), PASSWORD, /^session: is cut off or damaged/],
    [with_(2, '17-8-99'), PASSWORD, /^session: is cut off or damaged/],
    [`${text.slice(0, -1)}${sameBits(text)}`, PASSWORD, /^session: is cut off or damaged/],
    [text.slice(0, 70), PASSWORD, /^(session|password)/],
    [with_(1, 'v2'), PASSWORD, /^session: is of version "v2"; this release knows v1/],
    ['', PASSWORD, /^session: is not a session that was exported/],
    [JSON.stringify({ creds: {} }), PASSWORD, /^session: is not a session/],
  ]
  for (const [wrong, password, says] of wrongs) {
    await assert.rejects(pairing.importSession('phone', wrong, password), { code: 'invalid', message: says })
  }
  assert.deepEqual(await store.sessions.whole('phone'), { credentials: null, keys: [] })
  assert.equal(accounts.get('phone').state.is, 'pairing')
})

it('only an account without a phone takes a session in; a disabled one stays so', async (t) => {
  const elsewhere = await linkedStand(t)
  await elsewhere.accounts.add({ ...WEB, id: 'theirs' })
  await settle()
  await elsewhere.line().scan()
  const text = await elsewhere.pairing.exportSession('theirs', PASSWORD)
  const { pairing, accounts, line, store } = await linked(t)
  await assert.rejects(pairing.importSession('phone', text, PASSWORD), { code: 'exists' })
  assert.equal(line().stopped, false)
  await assert.rejects(pairing.importSession('nobody', text, PASSWORD), { code: 'not-found' })
  await accounts.add({ ...WEB, id: 'off', disabled: true })
  await pairing.importSession('off', text, PASSWORD)
  assert.equal((await store.sessions.whole('off')).credentials, 'identity of theirs')
  assert.equal(accounts.get('off').state.is, 'off')
})

it('there is nothing to export before a phone is linked, and the account goes on pairing', async (t) => {
  const { pairing, accounts } = await added(t)
  await assert.rejects(pairing.exportSession('phone', PASSWORD), { code: 'not-connected' })
  assert.deepEqual([accounts.get('phone').account.disabled, accounts.get('phone').state.is], [false, 'pairing'])
})

it('a password that anybody guesses is refused, and the account stays in use', async (t) => {
  const { pairing, accounts } = await linked(t)
  for (const password of ['aaaaaaaaaaaa', 'password'.repeat(2), 'abcdefghijkl', 'abcabdabcabd'])
    await assert.rejects(pairing.exportSession('phone', password), { code: 'invalid', message: /^password: repeats/ })
  assert.equal(accounts.get('phone').state.is, 'connected')
})

it('an account whose session was handed over says so and since when, over a restart, until it is enabled', async (t) => {
  const first = await linked(t)
  await first.clock.advance(5_000)
  const at = first.clock.now()
  await first.pairing.exportSession('phone', PASSWORD)
  await settle()
  const reason = `Its session was handed over to another server at ${new Date(at).toISOString()}.`
  const told = first.events.filter(({ type }) => type === 'account.disconnected').map(({ data }) => JSON.parse(data))
  assert.deepEqual(told.at(-1), { state: 'off', reason, since: new Date(at).toISOString() })
  await first.lines.stop()
  await first.clock.advance(60_000)
  const { accounts, clock, store } = await linkedStand(t, first)
  assert.deepEqual(accounts.get('phone').state, { is: 'off', since: at, reason, warnings: [] })
  await accounts.update({ ...WEB, disabled: true, showQr: true })
  assert.deepEqual([accounts.get('phone').handedOverAt, accounts.get('phone').state.reason], [at, reason])
  assert.match((await accounts.enable('phone')) ?? '', /was handed over .*, and is used here again.*: end it there/)
  await settle()
  const { state, handedOverAt } = accounts.get('phone')
  assert.deepEqual([state.is, state.reason, handedOverAt], ['connected', null, null])
  await accounts.disable('phone')
  assert.deepEqual([accounts.get('phone').state.reason, await accounts.enable('phone')], [null, null])
  await clock.advance(1)
  assert.equal((await store.sessions.keys('phone', 'whatshooked', ['moved'])).size, 0)
})

it('an update that enables such an account warns as well, and one that took a session in is at home', async (t) => {
  const { pairing, accounts } = await linked(t)
  const text = await pairing.exportSession('phone', PASSWORD)
  assert.match((await accounts.update({ ...WEB, disabled: false })) ?? '', /was handed over/)
  assert.equal(await accounts.update({ ...WEB, disabled: false }), null)
  await settle()
  await pairing.exportSession('phone', PASSWORD)
  await pairing.importSession('phone', text, PASSWORD)
  assert.deepEqual([accounts.get('phone').handedOverAt, await accounts.enable('phone')], [null, null])
  await pairing.exportSession('phone', PASSWORD)
  await accounts.remove('phone')
  await accounts.add({ ...WEB, disabled: true })
  assert.equal(accounts.get('phone').handedOverAt, null)
})

it('one session is taken in by one account, which is named to those who may see it', async (t) => {
  const text = await (await linked(t)).pairing.exportSession('phone', PASSWORD)
  const { accounts, pairing } = await linkedStand(t)
  for (const id of ['one', 'two']) await accounts.add({ ...WEB, id, disabled: true })
  const take = (id: string) => pairing.importSession(id, text, PASSWORD)
  const [first, second] = await Promise.allSettled([take('one'), take('two')])
  assert.deepEqual([first.status, second.status === 'rejected' && second.reason.code], ['fulfilled', 'exists'])
  await assert.rejects(take('two'), {
    code: 'exists',
    message: /the account "one" of this server has this very session/,
  })

  const seen = createGatewayFor({ accounts, pairing } as Gateway)
  const viewOf = (...ids: string[]) => seen({ id: 'k', name: 'k', scopes: ['admin'], accounts: ids })
  const refused = async (...ids: string[]) =>
    viewOf(...ids)
      .pairing.importSession('two', text, PASSWORD)
      .catch(({ code, message }) => [code, /"one"/.test(message)])
  assert.deepEqual(
    [await refused('one', 'two'), await refused('two')],
    [
      ['exists', true],
      ['exists', false],
    ],
  )

  await pairing.exportSession('one', PASSWORD)
  await take('two')
  const says = { code: 'exists', message: /the account "two" of this server/ }
  await assert.rejects(accounts.enable('one'), says)
  await assert.rejects(accounts.update({ ...WEB, id: 'one', disabled: false }), says)
  await assert.rejects(viewOf('one').accounts.enable('one'), { code: 'exists', message: /another account/ })
  assert.notEqual(accounts.get('one').handedOverAt, null)
  await accounts.remove('two')
  assert.match((await accounts.enable('one')) ?? '', /was handed over/)
})

it('codes to type are given six times in ten minutes, since each rings somebody’s phone', async (t) => {
  const { pairing, clock } = await added(t)
  for (let time = 0; time < 6; time += 1) {
    await pairing.code('phone', '+15550000001')
    await clock.advance(60_000)
  }
  await assert.rejects(pairing.code('phone', '+15550000002'), { code: 'rate-limited', retryAfterS: 240 })
  await clock.advance(240_000)
  assert.equal((await pairing.code('phone', '+15550000002')).by, 'code')
})
