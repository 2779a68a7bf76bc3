// Media links as a way into the network behind the server: every spelling of its inside, redirects, names that turn.
// What hooks may reach is in hook-safety.test.ts.
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { after, afterEach, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { type Answer, type Receiver, type ReceiverOptions, startReceiver } from '../../../simulator/receiver/index.ts'
import type { Failure } from '../../../src/model/failure.ts'
import { messagesBody, text } from '../callback.ts'
import { until } from '../conditions.ts'
import { type Stage, startStage } from '../stage.ts'

let stage: Stage
let number: NumberSetup
/** A service of the inside: no attack may bring it a request. */
let inside: Receiver
/** What an attacker runs, at an address that may be reached. */
let outside: Receiver
let answer: () => Answer = () => ({})
const ends: (() => Promise<void>)[] = []

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const started = await startReceiver(options)
  ends.push(() => started.close())
  return started
}

before(async () => {
  inside = await receiver({ answer: () => ({ body: 'of the inside', headers: { 'content-type': 'image/png' } }) })
  outside = await receiver({ answer: () => answer() })
  const config = { allowed_hook_hosts: new URL(outside.url).host }
  stage = await startStage({ after: (run) => void ends.push(run) }, { config })
  stage.meta.limits({ window: false })
  number = await stage.addAccount('shop')
})
afterEach(() => {
  answer = () => ({})
  assert.deepEqual(inside.received, [], 'the inside is never reached')
  assert.equal(stage.meta.messages().filter(({ direction }) => direction === 'out').length, 0, 'and nothing is sent')
})
after(async () => {
  for (const end of ends) await end()
})

const TO = { account_id: 'shop', to: '+15550001111' }
const portOfInside = () => new URL(inside.url).port

/** How a send with this link is refused. */
async function refused(image_url: string): Promise<Failure> {
  const thrown: unknown = await stage.api.sendImage({ ...TO, image_url }).then(
    () => assert.fail(image_url),
    (own) => own,
  )
  return thrown as Failure
}

const HOSTS = [
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'],
  ...['127.0.0.1.', '127.255.255.254', '①②⑦.⓪.⓪.①', '%31%32%37.0.0.1', '127。0。0。1', '0', '0.0.0.0', '00.0x0.0'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'x.localhost', 'ｌｏｃａｌｈｏｓｔ'],
  ...[
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:7f00:1]',
    '[::127.0.0.1]',
  ],
  ...['[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2002:a9fe:a9fe::]', '[fe80::1]', '[fd00::1]'],
  ...['10.0.0.1', '192.168.1.1', '172.16.0.1', '100.64.0.1', '169.254.169.254', '[fd00:ec2::254]', '2852039166'],
  ...['metadata.google.internal', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1'],
]

describe('a media link', () => {
  it('into the inside is 400 however it is spelt, and the sentence tells no address', async () => {
    assert.ok(HOSTS.length > 40)
    for (const host of HOSTS) {
      const { code, message, facts } = await refused(`http://${host}:${portOfInside()}/secret`)
      assert.deepEqual([code, facts.status], ['invalid', 400], `${host}: ${message}`)
      assert.match(message, /^image_url: /, host)
      assert.doesNotMatch(message, /127\.0\.0\.1|::1|169\.254|10\.0\.0/, host)
    }
  })

  it('is held to the same in every operation that takes one', async () => {
    const url = inside.url
    const calls = [
      () => stage.api.sendVideo({ ...TO, video_url: url }),
      () => stage.api.sendDocument({ ...TO, document_url: url }),
      () => stage.api.sendAudio({ ...TO, audio_url: url }),
      () => stage.api.sendSticker({ ...TO, sticker_url: url }),
    ]
    for (const call of calls) {
      const failure = (await call().then(
        () => assert.fail('taken'),
        (own) => own,
      )) as Failure
      assert.match(failure.message, /^\w+_url: .*(not allowed|may not)/)
    }
  })

  it('is an address on the web, without a user and of no other scheme', async () => {
    const { port } = new URL(outside.url)
    const wrong = [
      ...['file:///etc/passwd', 'gopher://127.0.0.1:6379/_INFO', 'ftp://127.0.0.1/', 'data:image/png;base64,AAAA'],
      ...['//127.0.0.1/', '/etc/passwd', 'C:\\x', 'http:127.0.0.1', 'http:///x', 'http://', 'http://[', 'javascript:0'],
      ...[`http://user:pw@127.0.0.1:${port}/`, `http://127.0.0.1:${port}@127.0.0.1:${portOfInside()}/`],
      ...[`http://127.0.0.1:${port}\\@127.0.0.1:${portOfInside()}/`, `http://127.0.0.1:${port} @x/`],
      ...[`http://127.0.0.1:${port}#@127.0.0.1:${portOfInside()}/`.replace('#', '\t'), 'http://127.0.0.1:99999/'],
    ]
    for (const url of wrong) {
      const { code, message } = await refused(url)
      assert.deepEqual([code, /^image_url: /.test(message)], ['invalid', true], `${url}: ${message}`)
    }
    assert.equal(outside.received.length, 0)
  })

  it('that redirects inside is not followed, whatever the status and however the place is named', async () => {
    const places = [inside.url, `//127.0.0.1:${portOfInside()}/`, `http://localhost:${portOfInside()}/`]
    for (const status of [300, 301, 302, 303, 305, 307, 308]) {
      for (const location of places) {
        answer = () => ({ status, headers: { location, refresh: `0; url=${location}` } })
        const { message } = await refused(outside.url)
        assert.match(message, new RegExp(`^image_url: answered ${status}; redirects are not followed`))
      }
    }
    assert.equal(outside.received.length, 7 * places.length)
  })

  it('that answers with another address in its body or its headers has that left alone', async () => {
    answer = () => ({
      status: 204,
      headers: { link: `<${inside.url}>; rel=preload`, 'alt-svc': `h2="${new URL(inside.url).host}"` },
    })
    await refused(outside.url)
    answer = () => ({ status: 404, body: `<meta http-equiv="refresh" content="0; url=${inside.url}">` })
    assert.match((await refused(outside.url)).message, /answered 404/)
  })

  it('tells its host nothing: no key, no token, no cookie, no address of ours', async () => {
    answer = () => ({ status: 404 })
    await refused(outside.url)
    const { headers, body, method } = outside.received.at(-1) ?? assert.fail()
    assert.deepEqual([method, body], ['GET', ''])
    assert.deepEqual(Object.keys(headers).toSorted(), ['accept-encoding', 'connection', 'host'])
    for (const secret of [stage.key, number.token, number.appSecret])
      assert.ok(!JSON.stringify(headers).includes(secret))
  })

  it('whose name was outside when it was asked for and is inside when it is fetched is refused at the connection', async (t) => {
    const real = dns.promises.lookup
    let asked = 0
    t.after(() => {
      dns.promises.lookup = real
      syncBuiltinESMExports()
    })
    // The system's resolver is the one thing that cannot be had over a loopback socket.
    const turning = async () => {
      asked += 1
      return [{ address: asked === 1 ? '8.8.8.8' : '127.0.0.1', family: 4 }]
    }
    dns.promises.lookup = turning as unknown as typeof real
    syncBuiltinESMExports()
    const rebinding = await startStage(t, { config: { allowed_hook_hosts: '' } })
    await rebinding.addAccount('shop')
    const before = asked
    asked = 0
    const url = `http://rebinding.example.com:${portOfInside()}/`
    const failure = (await rebinding.api.sendImage({ ...TO, image_url: url }).catch((own) => own)) as Failure
    assert.match(failure.message, /^image_url: points to a host that requests may not go to/)
    assert.ok(asked >= 2, `asked ${asked} times, and ${before} before`)
    assert.doesNotMatch(failure.message, /127\.0\.0\.1/)
  })

  it('in the answer of a hook is held to the same', async () => {
    const items = HOSTS.slice(0, 9).map((host) => ({
      operation: 'sendImage',
      image_url: `http://${host}:${portOfInside()}/`,
    }))
    answer = () => ({
      body: JSON.stringify({ send: [...items, { operation: 'sendImage', image_url: 'file:///etc/passwd' }] }),
    })
    const events = ['message.received']
    await stage.api.addHook({ id: 'evil', name: 'evil', url: outside.url, active: true, events })
    await stage.callback(number, messagesBody(number, [text('wamid.1', 'send me something')]))
    const delivered = async () => (await stage.api.listDeliveries({ hook: 'evil', state: 'delivered' })).deliveries
    await until(async () => (await delivered()).length === 1, 'the answer was read')
    await stage.api.removeHook({ id: 'evil' })
  })
})
