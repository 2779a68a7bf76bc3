// Where WhatsApp is and whom to believe there, and few logins at a time.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readEndpoint } from '../../../../src/transports/web/endpoint.ts'
import { createStarts } from '../../../../src/transports/web/starts.ts'
import { FakeClock, settle } from '../../../suites/fake-clock.ts'

const URL = 'wss://web.whatsapp.com/ws/chat'
const KEY = Buffer.alloc(32, 7)
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

describe('the endpoint', () => {
  it('is WhatsApp itself without a file of trust', () => {
    assert.deepEqual(readEndpoint(URL, null), {
      url: URL,
      noiseRoot: null,
      mediaHosts: ['*.whatsapp.net'],
      mediaCa: null,
    })
  })

  it('is what the file says', () => {
    const trust = { noise_root: KEY.toString('base64'), media_hosts: ['127.0.0.1:1234'], media_ca: PEM }
    const { noiseRoot, mediaHosts, mediaCa } = readEndpoint(URL, trust)
    assert.deepEqual(Buffer.from(noiseRoot ?? []), KEY)
    assert.deepEqual([mediaHosts, mediaCa], [['127.0.0.1:1234'], PEM])
  })

  for (const [trust, pattern] of [
    ['text', /a JSON object/],
    [[], /a JSON object/],
    [{ noise_root: 'AAAA' }, /noise_root must be 32 bytes/],
    [{ noise_root: 7 }, /noise_root/],
    [{ noise_root: `${KEY.toString('base64')} ` }, /noise_root/],
    [{ media_hosts: '127.0.0.1' }, /media_hosts/],
    [{ media_hosts: ['https://x/'] }, /media_hosts/],
    [{ media_hosts: ['a/b'] }, /media_hosts/],
    [{ media_ca: 'nothing' }, /media_ca/],
  ] as const) {
    it(`is refused for ${JSON.stringify(trust)}`, () => {
      assert.throws(() => readEndpoint(URL, trust), pattern)
    })
  }

  it('is refused for an address that is none', () => {
    assert.throws(() => readEndpoint('https://web.whatsapp.com', null), /whatsapp_url/)
  })
})

describe('logins of many lines', () => {
  it('run a few at a time, and never begin together', async () => {
    const clock = new FakeClock(0)
    const turn = createStarts(clock, { most: 3, spacingMs: 100 })
    const begun: number[] = []
    const ends: (() => void)[] = []
    for (let line = 0; line < 6; line += 1) {
      void turn(() => {
        begun.push(clock.steady())
        return new Promise((resolve) => ends.push(resolve))
      })
    }
    await clock.advance(5000)
    assert.deepEqual(begun, [0, 100, 200])
    for (const end of ends.splice(0)) end()
    await clock.advance(5000)
    assert.deepEqual(begun.slice(3), [5000, 5100, 5200])
  })

  it('goes on when one fails', async () => {
    const clock = new FakeClock(0)
    const turn = createStarts(clock, { most: 1, spacingMs: 0 })
    await assert.rejects(turn(() => Promise.reject(new Error('no'))))
    let isRun = false
    void turn(async () => {
      isRun = true
    })
    await settle()
    assert.ok(isRun)
  })
})
