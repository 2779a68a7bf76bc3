// Accounts that are linked devices: added without waiting for a phone, kept while they are off, logged out when they go.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DEFAULT_WEB, DEFAULT_WEB_PACING } from '../../src/model/account.ts'
import { settle } from '../suites/fake-clock.ts'
import { linkedStand } from './linked-stand.ts'

const WEB = { id: 'phone', kind: 'web' } as const
const PROXY = 'socks5://user:password@proxy.example:1080'

it('an account is kept at once and begins to pair by itself; its state and its code are told as events', async (t) => {
  const { accounts, store, events, shown, clock } = await linkedStand(t)
  await accounts.add({ ...WEB, showQr: true })
  assert.deepEqual(
    (await store.accounts.all()).map(({ id }) => id),
    ['phone'],
  )
  await settle()
  const { state, account, callbackPath, lastHeardAt } = accounts.get('phone')
  assert.deepEqual([state.is, callbackPath, lastHeardAt], ['pairing', null, null])
  assert.deepEqual([account.pacing, account.web, account.cloud], [DEFAULT_WEB_PACING, DEFAULT_WEB, null])
  const told = events.find(({ type }) => type === 'account.qr')
  const expires_at = new Date(clock.now() + 20_000).toISOString()
  assert.deepEqual(JSON.parse(told?.data ?? '{}'), { code: '2@code-1', expires_at })
  assert.deepEqual([told?.account, told?.chat], ['phone', null])
  assert.deepEqual(
    shown.map(([id, { text }]) => [id, text]),
    [['phone', '2@code-1']],
  )
})

it('an account that is added disabled does not pair before it is enabled', async (t) => {
  const { accounts, opened, line } = await linkedStand(t)
  await accounts.add({ ...WEB, disabled: true })
  await settle()
  assert.deepEqual([accounts.get('phone').state.is, opened.length], ['off', 0])
  await accounts.enable('phone')
  await settle()
  assert.deepEqual([accounts.get('phone').state.is, line().begun], ['pairing', 1])
})

it('a linked account is connected again after a restart, a disable and an update, and never paired anew', async (t) => {
  const first = await linkedStand(t)
  await first.accounts.add(WEB)
  await settle()
  await first.line().scan()
  assert.equal(first.accounts.get('phone').account.phoneNumber, '+15550000001')
  assert.equal(typeof first.accounts.get('phone').lastHeardAt, 'number')
  await first.accounts.disable('phone')
  assert.deepEqual(
    [first.accounts.get('phone').state.is, first.line().stopped, first.line().unlinked],
    ['off', true, 0],
  )
  await first.accounts.enable('phone')
  const open = first.line()
  await first.accounts.update({ ...WEB, showQr: true, web: { typing: false }, media: { download: true } })
  assert.deepEqual([first.line() === open, open.account.web?.typing, open.account.media.download], [true, false, true])
  assert.equal((await first.store.accounts.all())[0]?.media.download, true)
  await first.accounts.update({ ...WEB, web: { proxy: PROXY } })
  await settle()
  assert.equal(first.accounts.get('phone').state.is, 'connected')
  assert.deepEqual(
    first.opened.map(({ begun, stopped }) => [begun, stopped]),
    [
      [1, true],
      [0, true],
      [0, false],
    ],
    'one line at a time',
  )
  await first.lines.stop()
  const second = await linkedStand(t, first)
  await settle()
  assert.deepEqual([second.accounts.get('phone').state.is, second.line().begun], ['connected', 0])
})

it('removing an account logs the device out first, and its session is gone', async (t) => {
  const { accounts, store, line } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await line().scan()
  await accounts.remove('phone')
  assert.deepEqual([line().unlinked, line().stopped], [1, true])
  assert.deepEqual(await store.sessions.whole('phone'), { credentials: null, keys: [] })
  assert.deepEqual(accounts.list(), [])
})

it('a phone that cannot be told is not waited for longer than ten seconds', async (t) => {
  const { accounts, store, line, clock } = await linkedStand(t)
  for (const trouble of ['silent', 'broken'] as const) {
    await accounts.add(WEB)
    await settle()
    await line().scan()
    line().onUnlink = () =>
      trouble === 'silent' ? new Promise(() => {}) : Promise.reject(new Error('The connection is gone'))
    const removed = accounts.remove('phone')
    await settle()
    if (trouble === 'silent') {
      assert.equal(accounts.list().length, 1)
      await clock.advance(10_000)
    }
    await removed
    assert.deepEqual([accounts.list(), (await store.sessions.whole('phone')).credentials], [[], null])
  }
})

it('a disabled account is logged out on a line of its own when it is removed', async (t) => {
  const { accounts, line, opened } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await line().scan()
  await accounts.disable('phone')
  await accounts.remove('phone')
  assert.deepEqual([opened.length, line().unlinked, line().stopped], [2, 1, true])
})

it('what is wished of a linked device goes over what there is, and a masked proxy stays', async (t) => {
  const { accounts, store } = await linkedStand(t)
  const web = async () => (await store.accounts.all())[0]?.web
  await accounts.add({ ...WEB, web: { proxy: PROXY, newChatsADay: 7 } })
  assert.deepEqual(await web(), { ...DEFAULT_WEB, proxy: PROXY, newChatsADay: 7 })
  await accounts.update({ ...WEB, web: { proxy: '***1080', broadcasts: true } })
  assert.deepEqual(await web(), { ...DEFAULT_WEB, proxy: PROXY, newChatsADay: 7, broadcasts: true })
  await accounts.update({ ...WEB, pacing: { perSecond: 2 } })
  assert.deepEqual([(await web())?.proxy, accounts.get('phone').account.pacing.pairBurst], [PROXY, 5])
  await accounts.update({ ...WEB, web: { proxy: null } })
  assert.equal((await web())?.proxy, null)
})

it('a proxy of another kind is refused without saying it back, and an account keeps its type', async (t) => {
  const { accounts } = await linkedStand(t)
  await accounts.add(WEB)
  for (const proxy of ['ftp://user:password@x', 'socks4://x:1', 'other.example:1080', 'http://:80', 'not one']) {
    const refused = await accounts.update({ ...WEB, web: { proxy } }).catch((thrown: Error) => thrown)
    assert.ok(refused instanceof Error && 'code' in refused, proxy)
    assert.deepEqual([refused.code, refused.message.includes(proxy)], ['invalid', false])
  }
  for (const proxy of ['http://x:3128', 'https://u:p@x', PROXY]) await accounts.update({ ...WEB, web: { proxy } })
  await assert.rejects(accounts.update({ id: 'phone', kind: 'cloud' }), { code: 'unsupported' })
})

it('what is offered for an account that is gone is told to nobody', async (t) => {
  const { accounts, line, shown, events } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await accounts.remove('phone')
  const before = [shown.length, events.length]
  line().renew()
  await settle()
  assert.deepEqual([shown.length, events.length], before)
})

it('whoever removes an account whose phone cannot be told is told what is left to do; its session is wiped all the same', async (t) => {
  const { accounts, store, line, events } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await line().scan()
  line().isOutOfReach = true
  assert.match((await accounts.remove('phone')) ?? '', /goes on listing this device: remove it there/)
  assert.deepEqual(await store.sessions.whole('phone'), { credentials: null, keys: [] })
  await accounts.add(WEB)
  await settle()
  assert.equal(await accounts.remove('phone'), null, 'nobody was linked')
  assert.equal(events.length > 0, true)
})

it('that its owner disabled an account is an event, once', async (t) => {
  const { accounts, events, line } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await line().scan()
  const told = () => events.filter(({ data }) => JSON.parse(data).state === 'off').map(({ type }) => type)
  assert.deepEqual(told(), [])
  for (let turn = 0; turn < 2; turn += 1) {
    await accounts.disable('phone')
    await settle()
  }
  assert.deepEqual(told(), ['account.disconnected'])
})

it('that an account was removed is an event, also when it was disabled', async (t) => {
  const { accounts, events, clock } = await linkedStand(t)
  for (const disabled of [false, true]) {
    await accounts.add({ ...WEB, disabled })
    await settle()
    await accounts.remove('phone')
    await settle()
    const { type, account, data } = events.at(-1) ?? {}
    assert.deepEqual([type, account], ['account.disconnected', 'phone'])
    const since = new Date(clock.now()).toISOString()
    assert.deepEqual(JSON.parse(data ?? ''), { state: 'removed', reason: 'The account was removed.', since })
  }
})

it('what a line has noted of its session is forgotten when the account is enabled anew, and never exported', async (t) => {
  const { accounts, store, pairing, line } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await line().scan()
  const noted = () => store.sessions.keys('phone', 'whatshooked', ['moved', 'replaced', 'restricted'])
  const note = () =>
    store.sessions.put('phone', {
      keys: ['replaced', 'restricted'].map((id) => ({ type: 'whatshooked', id, value: '{}' })),
    })
  await note()
  await accounts.update({ ...WEB, web: { proxy: PROXY } })
  assert.equal((await noted()).size, 2)
  await accounts.disable('phone')
  await accounts.enable('phone')
  assert.equal((await noted()).size, 0)
  await note()
  const text = await pairing.exportSession('phone', 'correct horse battery')
  await accounts.add({ ...WEB, id: 'there', disabled: true })
  await pairing.importSession('there', text, 'correct horse battery')
  assert.deepEqual(
    (await store.sessions.whole('there')).keys.map(({ type }) => type),
    ['session'],
  )
})

it('half of a pairing is no session: it is neither exported nor in the way of an import', async (t) => {
  const { accounts, store, pairing, line } = await linkedStand(t)
  await accounts.add(WEB)
  await settle()
  await line().scan()
  const text = await pairing.exportSession('phone', 'correct horse battery')
  await accounts.add({ ...WEB, id: 'half', disabled: true })
  await store.sessions.put('half', { credentials: 'half of it', keys: [{ type: 'session', id: '9', value: 'left' }] })
  await assert.rejects(pairing.exportSession('half', 'correct horse battery'), { code: 'not-connected' })
  await pairing.importSession('half', text, 'correct horse battery')
  assert.deepEqual(await store.sessions.whole('half'), {
    credentials: 'identity of phone',
    keys: [{ type: 'session', id: '1', value: 'ratchet' }],
  })
})

it('a proxy inside is refused unless it is listed, also when a name leads there', async (t) => {
  const { accounts } = await linkedStand(t)
  await accounts.add(WEB)
  const inside = ['http://10.9.9.9:3128', 'socks5://127.0.0.1', 'socks5://u:p@[::1]:1080', 'http://169.254.169.254']
  for (const proxy of [...inside, 'socks5://localhost:9050', 'http://metadata.google.internal:80']) {
    const refused = await accounts.update({ ...WEB, web: { proxy } }).catch((thrown: Error) => thrown)
    assert.ok(refused instanceof Error, proxy)
    assert.match(refused.message, /^web\.proxy: The proxy .* WHATSHOOKED_ALLOWED_HOOK_HOSTS$/)
    await assert.rejects(accounts.add({ ...WEB, id: 'second', web: { proxy } }), { code: 'invalid' })
  }
  await accounts.update({ ...WEB, web: { proxy: 'socks5://10.1.2.3:1080' } })
  assert.equal(accounts.get('phone').account.web?.proxy, 'socks5://10.1.2.3:1080')
})
