// Files that came in: from Meta's media id to the bytes, and why not.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import type { FaultAction } from '../../../simulator/meta/index.ts'
import { mayHaveToken } from '../../../src/transports/cloud/graph/hosts.ts'
import { FetchError, type FileSink, type Line } from '../../../src/transports/transport.ts'
import { type NumberStand, numberStand } from './number-stand.ts'
import { account, stand } from './stand.ts'

/** Keeps what it is given. */
class Basket implements FileSink {
  readonly heads: Parameters<FileSink['begin']>[0][] = []
  readonly chunks: Uint8Array[] = []
  begin(head: Parameters<FileSink['begin']>[0]): void {
    this.heads.push(head)
  }
  async write(chunk: Uint8Array): Promise<void> {
    this.chunks.push(chunk)
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }
}

async function refusal(fetching: Promise<void>): Promise<FetchError> {
  try {
    await fetching
  } catch (error) {
    assert.ok(error instanceof FetchError, String(error))
    return error
  }
  throw new Error('it came')
}

describe('a file that came in', () => {
  let at: NumberStand
  const bytes = Buffer.from('the bytes of a picture '.repeat(50_000))
  let id = ''
  before(async () => {
    at = await numberStand({ timeoutMs: 400 })
    const said = at.meta
      .customer('15550100301')
      .sendsMedia('image', { bytes, mimeType: 'image/jpeg' }, at.number.phoneNumberId)
    id = at.meta.media()[0]?.id ?? ''
    assert.ok(said.id !== '' && id !== '')
  })
  afterEach(() => at.meta.faults.clear())
  after(() => at.close())
  const fault = (match: string, action: FaultAction, next = 1) => at.meta.faults.add({ match, action, when: { next } })
  const FILE = 'GET /whatsapp_business/**'

  it('is fetched whole, after the sink was told what it is', async () => {
    const basket = new Basket()
    await at.line.fetchMedia(id, basket)
    assert.deepEqual(basket.heads, [{ mimeType: 'image/jpeg', size: bytes.length }])
    assert.ok(basket.bytes.equals(bytes))
    const [described, fetched] = at.calls('GET').slice(-2)
    assert.deepEqual(described?.query.phone_number_id, at.number.phoneNumberId)
    assert.match(fetched?.headers['user-agent'] ?? '', /^Mozilla/)
    assert.equal(fetched?.headers.authorization, `Bearer ${at.number.token}`)
  })
  it('is not fetched when the sink refuses it', async () => {
    const before = at.calls('attachments').length
    const begin = (): never => {
      throw new FetchError('too large', false)
    }
    assert.equal((await refusal(at.line.fetchMedia(id, { begin, write: async () => {} }))).message, 'too large')
    assert.equal(at.calls('attachments').length, before)
  })
  it('fails with the sink’s own error when that cannot write', async () => {
    const write = async (): Promise<void> => {
      throw new Error('ENOSPC')
    }
    await assert.rejects(at.line.fetchMedia(id, { begin: () => {}, write }), /^Error: ENOSPC$/)
  })
  it('whose address has lapsed is asked for once more', async () => {
    fault(FILE, { kind: 'html', status: 404 })
    let before = at.calls('attachments').length
    const basket = new Basket()
    await at.line.fetchMedia(id, basket)
    assert.ok(basket.bytes.equals(bytes))
    assert.deepEqual([basket.heads.length, at.calls('attachments').length - before], [1, 2])
    fault(FILE, { kind: 'html', status: 404 }, 9)
    before = at.calls('attachments').length
    assert.equal((await refusal(at.line.fetchMedia(id, new Basket()))).passing, true)
    assert.equal(at.calls('attachments').length - before, 2)
  })
  it('can come later, when Meta or the way to it is in trouble', async () => {
    for (const [match, action] of [
      ['GET /*', { kind: 'unavailable' }],
      ['GET /*', { kind: 'throttle', retryAfter: 30 }],
      ['GET /*', { kind: 'reset', when: 'after-body' }],
      [FILE, { kind: 'unavailable' }],
      [FILE, { kind: 'html', status: 502 }],
      [FILE, { kind: 'html', status: 200 }],
      [FILE, { kind: 'truncated' }],
      [FILE, { kind: 'empty' }],
      [FILE, { kind: 'reset', when: 'after-body' }],
      [FILE, { kind: 'slow', ms: 60_000 }],
    ] as const) {
      at.meta.faults.clear()
      fault(match, action)
      const error = await refusal(at.line.fetchMedia(id, new Basket()))
      assert.equal(error.passing, true, `${match} ${JSON.stringify(action)}: ${error.message}`)
      assert.ok(!error.message.includes(at.number.token))
    }
  })
  it('never comes when Meta has it no more, or the token may not', async () => {
    const gone = await refusal(at.line.fetchMedia('123456789', new Basket()))
    assert.equal(gone.passing, false)
    assert.match(gone.message, /code 100.*7 days/)
    fault('GET /*', { kind: 'error', code: 10 })
    assert.equal((await refusal(at.line.fetchMedia(id, new Basket()))).passing, false)
    fault(FILE, { kind: 'html', status: 403 })
    assert.equal((await refusal(at.line.fetchMedia(id, new Basket()))).passing, false)
    assert.equal((await refusal(at.open({ accessToken: 'no such token' }).fetchMedia(id, new Basket()))).passing, false)
  })
})

describe('a file server', () => {
  const servers: Server[] = []
  let descriptor: Record<string, unknown> = {}
  let answer: (headers: Record<string, unknown>) => { status: number; body: Buffer; headers?: Record<string, string> }
  const seen: unknown[] = []
  let line: Line
  let own = stand()
  const listen = async (server: Server): Promise<string> => {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const pool = { url: '', other: '' }
  before(async () => {
    pool.url = await listen(
      createServer((request, response) => {
        if (request.url?.startsWith('/v25.0/')) return void response.end(JSON.stringify(descriptor))
        seen.push(request.headers.authorization)
        const { status, body, headers = {} } = answer(request.headers)
        response.writeHead(status, headers).end(body)
      }),
    )
    pool.other = await listen(
      createServer((request, response) => {
        seen.push(request.headers.authorization)
        response.end('x')
      }),
    )
    own = stand({ graphUrl: pool.url, timeoutMs: 1000 })
    line = own.kind.open(account('shop'))
  })
  after(async () => {
    await own.close()
    for (const server of servers) server.close()
  })

  it('that is not Meta’s is never asked, and gets no token', async () => {
    seen.length = 0
    for (const url of [pool.other, 'http://lookaside.fbsbx.com/x', 'https://fbsbx.com.evil.example/x', 'no address']) {
      descriptor = { url }
      const error = await refusal(line.fetchMedia('1', new Basket()))
      assert.deepEqual([error.passing, seen.length], [false, 0], url)
      assert.match(error.message, /not Meta's/)
    }
  })
  it('of Meta’s may have the token by https only', () => {
    const graph = new URL('https://graph.facebook.com')
    const may = (url: string): boolean => mayHaveToken(new URL(url), graph)
    assert.ok(may('https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1'))
    assert.ok(may('https://scontent.xx.fbcdn.net/x'))
    for (const url of [
      'http://lookaside.fbsbx.com/x',
      'https://lookaside.fbsbx.com:8443/x',
      'https://evilfbsbx.com/x',
      'https://fbsbx.com@evil.example/x',
      'https://user:word@lookaside.fbsbx.com/x',
      'http://127.0.0.1/x',
    ])
      assert.ok(!may(url), url)
  })
  it('that redirects is not followed', async () => {
    seen.length = 0
    descriptor = { url: `${pool.url}/file` }
    answer = () => ({ status: 302, body: Buffer.alloc(0), headers: { location: `${pool.other}/` } })
    const error = await refusal(line.fetchMedia('1', new Basket()))
    assert.match(error.message, /redirect \(302\)/)
    assert.deepEqual([error.passing, seen.length], [false, 1])
  })
  it('that sends other bytes than Graph spoke of is caught, by length or by hash', async () => {
    const right = Buffer.from('right')
    const sha256 = createHash('sha256').update(right).digest('hex')
    answer = () => ({ status: 200, body: right })
    descriptor = { url: `${pool.url}/file`, sha256, file_size: '5', mime_type: 'text/plain' }
    const basket = new Basket()
    await line.fetchMedia('1', basket)
    assert.deepEqual([basket.heads, String(basket.bytes)], [[{ mimeType: 'text/plain', size: 5 }], 'right'])
    for (const [body, says] of [
      ['wrong', /SHA-256/],
      ['righ', /4 bytes came/],
      ['right and more', /more came/],
    ] as const) {
      answer = () => ({ status: 200, body: Buffer.from(body) })
      const error = await refusal(line.fetchMedia('1', new Basket()))
      assert.match(error.message, says)
      assert.equal(error.passing, true)
    }
  })
  it('waits while the sink does', async () => {
    const size = 64 * 1024 * 1024
    let sent = 0
    const big = createServer((request, response) => {
      if (request.url?.startsWith('/v25.0/'))
        return void response.end(JSON.stringify({ url: `${bigUrl}/file`, file_size: size }))
      const chunk = Buffer.alloc(256 * 1024)
      const more = (): void => {
        while (sent < size) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    const bigUrl = await listen(big)
    const slow = stand({ graphUrl: bigUrl, timeoutMs: 1000 })
    let taken = 0
    let most = 0
    await slow.kind.open(account('shop')).fetchMedia('1', {
      begin: () => {},
      async write(chunk) {
        taken += chunk.length
        most = Math.max(most, sent - taken)
        if (taken < 4 * 1024 * 1024) await new Promise((resolve) => setTimeout(resolve, 2))
      },
    })
    await slow.close()
    assert.equal(taken, size)
    assert.ok(most < 32 * 1024 * 1024, `${most} bytes were on the way`)
  })
})
