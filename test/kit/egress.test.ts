// The egress guard: which URLs may be registered, and which addresses may be connected to.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type LookupFunction, type Server } from 'node:net'
import { describe, it } from 'node:test'
import { Pool } from 'undici'
import { createEgressGuard, EGRESS_REFUSED, type EgressGuard, type Resolve } from '../../src/kit/egress.ts'
import { Failure } from '../../src/model/failure.ts'

const unresolvable: Resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))

function guardOf(allowed: string[] = [], lookup: Resolve = unresolvable): EgressGuard {
  return createEgressGuard({ allowed, lookup, refuse: (sentence) => new Failure('invalid', sentence) })
}

function resolvesTo(...addresses: string[]): Resolve {
  return async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

async function isTaken(guard: EgressGuard, url: string): Promise<boolean> {
  try {
    await guard.checkUrl(url)
    return true
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'invalid', String(error))
    return false
  }
}

const LOOPBACK_SPELLINGS = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://0x7f.0x0.0x0.0x1/',
  'http://127.0.0.1./',
  'http://127.255.255.254/',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http://%31%32%37.0.0.1/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://ⓛocalhost/',
  'http://anything.localhost/',
  'http://0/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:7f00:1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[2002:7f00:1::]/',
  'https://127.0.0.1:8443/path?query#part',
]

const OTHER_INSIDE = [
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '168.63.129.16',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[100::1]',
  '[2001::1]',
  '[2001:2::1]',
  '[2001:db8::1]',
  '[2002:a00:1::1]',
  '[3fff::1]',
  '[5f00::1]',
  '[64:ff9b::8.8.8.8]',
  '[64:ff9b:1::1]',
  '[::ffff:8.8.8.8]',
  '[4000::1]',
]

const PUBLIC = [
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '[2606:4700::1]',
  '[2a00:1450::1]',
  '[2001:4860:4860::8888]',
]

describe('a URL at registration', () => {
  for (const url of LOOPBACK_SPELLINGS) {
    it(`${url} is refused`, async () => assert.equal(await isTaken(guardOf(), url), false))
  }
  for (const host of OTHER_INSIDE) {
    it(`${host} is refused, as an address and behind a name`, async () => {
      assert.equal(await isTaken(guardOf(), `https://${host}/`), false)
      const address = host.replace(/[[\]]/g, '')
      assert.equal(await isTaken(guardOf([], resolvesTo(address)), 'https://receiver.example/'), false)
    })
  }
  for (const host of PUBLIC) {
    it(`${host} is taken`, async () => assert.equal(await isTaken(guardOf(), `https://${host}:8443/a?b=c`), true))
  }

  it('is taken when its name does not resolve yet', async () => {
    const url = await guardOf().checkUrl('https://later.example/in')
    assert.equal(url.href, 'https://later.example/in')
  })

  it('is taken when one of the addresses of its name may be reached', async () => {
    assert.equal(await isTaken(guardOf([], resolvesTo('10.0.0.1', '1.1.1.1')), 'https://both.example/'), true)
  })

  it('is refused when it names the metadata service of a cloud, whatever that resolves to', async () => {
    const guard = guardOf([], resolvesTo('1.1.1.1'))
    assert.equal(await isTaken(guard, 'http://metadata.google.internal/'), false)
    assert.equal(await isTaken(guard, 'http://METADATA.google.internal./'), false)
  })

  const odd = [
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'javascript:alert(1)',
    'http://user@example.com/',
    'http://user:secret@example.com/',
    'http://:secret@example.com/',
    'example.com/in',
    '//example.com/in',
    'http://',
    'http:///',
    'http://exa\nmple.com/',
    ' http://example.com/',
    'http:\\\\example.com\\',
    'http://example.com:99999/',
    'http://a..example.com/',
    'http://.example.com/',
    `http://example.com/${'x'.repeat(2048)}`,
    '',
  ]
  for (const url of odd) {
    it(`${JSON.stringify(url.slice(0, 40))} is refused`, async () => assert.equal(await isTaken(guardOf(), url), false))
  }

  it('is refused with a sentence that tells no address', async () => {
    const guard = guardOf([], resolvesTo('10.11.12.13'))
    await assert.rejects(guard.checkUrl('https://inside.example/'), (error) => {
      assert.ok(error instanceof Failure)
      assert.doesNotMatch(error.message, /10\.11|inside\.example/)
      return true
    })
  })
})

describe('the list of what is allowed', () => {
  const cases: [allowed: string, url: string, isTaken: boolean][] = [
    ['127.0.0.1', 'http://127.0.0.1:9000/', true],
    ['127.0.0.1', 'http://127.0.0.2:9000/', false],
    ['127.1', 'http://127.0.0.1/', true],
    ['10.0.0.0/8', 'http://10.20.30.40/', true],
    ['10.1.2.3/8', 'http://10.20.30.40/', true],
    ['10.0.0.0/8', 'http://11.1.1.1/', true],
    ['10.0.0.0/8', 'http://192.168.0.1/', false],
    ['10.0.0.5:8080', 'http://10.0.0.5:8080/', true],
    ['10.0.0.5:8080', 'http://10.0.0.5:8081/', false],
    ['10.0.0.5:80', 'http://10.0.0.5/', true],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['[fd00::5]:8080', 'http://[fd00::5]:8080/', true],
    ['[fd00::5]:8080', 'http://[fd00::5]/', false],
    ['fd00::5', 'http://[fd00::5]/', true],
    ['127.0.0.0/8', 'http://localhost:3000/', true],
    ['localhost', 'http://localhost./', true],
    ['localhost:3000', 'http://localhost:3000/', true],
    ['localhost:3000', 'http://localhost:3001/', false],
    ['0.0.0.0/0', 'http://192.168.0.1/', true],
    ['0.0.0.0/0', 'http://169.254.169.254/', false],
    ['169.254.0.0/16', 'http://169.254.169.254/', false],
    ['169.254.169.254', 'http://169.254.169.254/', true],
    ['169.254.169.254/32', 'http://169.254.169.254/', true],
    ['100.64.0.0/10', 'http://100.100.100.200/', false],
    ['100.64.0.0/10', 'http://100.100.100.201/', true],
    ['::/0', 'http://[fe80::1]/', false],
    ['::/0', 'http://[fd00:ec2::254]/', false],
    ['::/0', 'http://[::ffff:169.254.169.254]/', false],
    ['64:ff9b::/96', 'http://[64:ff9b::169.254.169.254]/', false],
    ['64:ff9b::/96', 'http://[64:ff9b::8.8.8.8]/', true],
  ]
  for (const [allowed, url, expected] of cases) {
    it(`"${allowed}" ${expected ? 'lets' : 'does not let'} ${url} pass`, async () => {
      assert.equal(await isTaken(guardOf([allowed]), url), expected)
    })
  }

  it('takes names, and names under a domain, whatever inside address they have', async () => {
    const guard = guardOf([' N8N ', '*.example.lan', 'bücher.example'], resolvesTo('172.18.0.4'))
    for (const url of [
      'http://n8n:5678/',
      'http://a.example.lan/',
      'http://b.a.EXAMPLE.lan./',
      'http://Bücher.example/',
    ]) {
      assert.equal(await isTaken(guard, url), true, url)
    }
    for (const url of ['http://n8n.example/', 'http://example.lan/', 'http://notexample.lan/']) {
      assert.equal(await isTaken(guard, url), false, url)
    }
  })

  it('does not open the metadata address to a name that is listed', async () => {
    assert.equal(await isTaken(guardOf(['n8n'], resolvesTo('169.254.169.254')), 'http://n8n/'), false)
  })

  const malformed = [
    '*',
    'http://example.com',
    '10.0.0.0/33',
    'fd00::/129',
    '10/8',
    'a b',
    'host:0',
    'host:99999',
    '10.0.0.0/8:80',
  ]
  for (const entry of [...malformed, 'fe80::1%eth0', '*.10.0.0.1', 'user@host', '[::1', '/8', 'a..b']) {
    it(`${JSON.stringify(entry)} in it is malformed, and named`, () => {
      assert.throws(
        () => guardOf(['10.0.0.0/8', entry]),
        (error) => error instanceof Failure && error.code === 'invalid' && error.message.includes(`"${entry}"`),
      )
    })
  }
})

/** A server that counts the connections it gets. */
async function listening(): Promise<{ server: Server; port: number; count: () => number }> {
  let seen = 0
  const server = createServer((socket) => {
    seen++
    socket.on('error', () => {}).end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, port: (server.address() as AddressInfo).port, count: () => seen }
}

async function codeOfConnecting(lookup: LookupFunction, port: number): Promise<string> {
  const socket = connect({ host: 'receiver.example', port, lookup })
  try {
    await once(socket, 'connect')
    return 'connected'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  } finally {
    socket.destroy()
  }
}

describe('a connection', () => {
  it('to a name that has turned from public to loopback is never made', async () => {
    const { server, port, count } = await listening()
    let asked = 0
    const rebinding: Resolve = async () => [{ address: asked++ === 0 ? '1.1.1.1' : '127.0.0.1', family: 4 }]
    const guard = guardOf([], rebinding)
    await guard.checkUrl(`http://receiver.example:${port}/`)
    assert.equal(await codeOfConnecting(guard.lookup, port), EGRESS_REFUSED)
    const pool = new Pool(`http://receiver.example:${port}`, { connect: guard.connector() })
    await assert.rejects(pool.request({ method: 'GET', path: '/' }), { code: EGRESS_REFUSED })
    assert.equal(asked, 3)
    assert.equal(count(), 0)
    await pool.destroy()
    server.close()
  })

  for (const host of ['127.0.0.1', '[::1]', 'localhost', '[::ffff:7f00:1]']) {
    it(`to ${host} is never made by the connector, although nothing is looked up`, async () => {
      const { server, port, count } = await listening()
      const pool = new Pool(`http://${host}:${port}`, { connect: guardOf().connector() })
      await assert.rejects(pool.request({ method: 'GET', path: '/' }), { code: EGRESS_REFUSED })
      assert.equal(count(), 0)
      await pool.destroy()
      server.close()
    })
  }

  it('goes to the allowed one of several addresses', async () => {
    const { server, port, count } = await listening()
    const guard = guardOf(['127.0.0.1'], resolvesTo('10.0.0.1', '127.0.0.1', '169.254.169.254'))
    assert.equal(await codeOfConnecting(guard.lookup, port), 'connected')
    const pool = new Pool(`http://receiver.example:${port}`, { connect: guard.connector() })
    const { statusCode } = await pool.request({ method: 'GET', path: '/' })
    assert.equal(statusCode, 204)
    assert.equal(count(), 2)
    await pool.destroy()
    server.close()
  })

  it('by an entry with a port goes to that port and to no other', async () => {
    const [good, other] = [await listening(), await listening()]
    const guard = guardOf([`receiver.example:${good.port}`], resolvesTo('127.0.0.1'))
    for (const { port } of [good, other]) {
      const pool = new Pool(`http://receiver.example:${port}`, { connect: guard.connector() })
      const asked = pool.request({ method: 'GET', path: '/' })
      if (port === good.port) assert.equal((await asked).statusCode, 204)
      else await assert.rejects(asked, { code: EGRESS_REFUSED })
      await pool.destroy()
    }
    assert.deepEqual([good.count(), other.count()], [1, 0])
    good.server.close()
    other.server.close()
  })

  it('is looked up once when many are made to one name at the same time', async () => {
    const { server, port } = await listening()
    const { promise, resolve } = Promise.withResolvers<void>()
    let asked = 0
    const guard = guardOf(['127.0.0.1'], async () => {
      asked++
      await promise
      return [{ address: '127.0.0.1', family: 4 }]
    })
    const all = Array.from({ length: 16 }, () => codeOfConnecting(guard.lookup, port))
    setImmediate(resolve)
    assert.deepEqual(new Set(await Promise.all(all)), new Set(['connected']))
    assert.equal(asked, 1)
    server.close()
  })
})
