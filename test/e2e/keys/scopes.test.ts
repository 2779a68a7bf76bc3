// What keys may, by their scopes: walked over every operation that there is.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { native } from '../../../src/contract/native/index.ts'
import type { Operation } from '../../../src/contract/operation.ts'
import { SCOPES, type Scope } from '../../../src/model/caller.ts'
import { type Stage, startStage } from '../stage.ts'
import { as, ask, NOTHING, newKey, type Request, requestsAbout } from './walk.ts'

const requests = requestsAbout(NOTHING)
const writing = requests.filter(({ said }) => said.effect !== 'readonly')
const forKeysAndAudit = new Set(['listKeys', 'listAudit'])
const mayNot = /This key may not do that: it needs the scope (\w+)/

let stage: Stage
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
})
after(async () => {
  for (const end of ends) await end()
})

/** The operations that this key is refused, of these. */
async function refused(key: string, asked: readonly Request[]): Promise<string[]> {
  const found: string[] = []
  for (const request of asked) {
    const { status, text } = await ask(stage, request, as(key))
    assert.notEqual(status, 401, request.operationId)
    assert.equal(status === 403, mayNot.test(text), `${request.operationId}: ${status} ${text}`)
    if (status === 403) found.push(request.operationId)
  }
  return found
}

const idsOf = (some: readonly Request[]): string[] => some.map(({ operationId }) => operationId)

describe('the contract', () => {
  it('asks for the scope "read" only where nothing changes, and for another one wherever something does', () => {
    assert.ok(writing.length > 40, `${writing.length} operations write`)
    for (const [name, said] of Object.entries<Operation>(native)) {
      if (said.effect !== 'readonly') assert.notEqual(said.scope, 'read', name)
      // Whoever sees the code of a linked device can link a phone of theirs.
      else assert.equal(said.scope, forKeysAndAudit.has(name) || name === 'getPairingQr' ? 'admin' : 'read', name)
      if (said.effect === 'sends') assert.equal(said.scope, 'send', name)
    }
  })
})

describe('a key', () => {
  for (const scope of SCOPES) {
    it(`with the scope "${scope}" is refused exactly what it is not for`, async () => {
      const key = await newKey(stage, [scope])
      const isFor = ({ said }: Request) => scope === 'admin' || said.scope === scope
      const expected = idsOf(requests.filter((request) => !isFor(request)))
      assert.deepEqual(await refused(key, requests), expected)
    })
  }

  it('with "read" alone is refused everything that writes; with all others beside it, only what takes "admin"', async () => {
    assert.deepEqual(await refused(await newKey(stage, ['read']), writing), idsOf(writing))
    const most = await newKey(stage, ['read', 'send', 'hooks'])
    const left = requests.filter(({ said }) => said.scope === 'admin')
    assert.deepEqual(await refused(most, requests), idsOf(left))
  })

  it('is told which scope it lacks, as a sentence or as a problem, with the same head as any answer', async () => {
    const key = await newKey(stage, ['read'])
    for (const request of writing) {
      const plain = await ask(stage, request, as(key))
      assert.equal(plain.text.match(mayNot)?.[1], request.said.scope, request.operationId)
      assert.match(plain.headers.get('content-type') ?? '', /^text\/plain/)
      assert.equal(plain.headers.get('cache-control'), 'no-store')
      const problem = await ask(stage, request, { ...as(key), accept: 'application/json' })
      const { status, code, detail } = JSON.parse(problem.text) as Record<string, unknown>
      assert.deepEqual([status, code, detail], [403, 'forbidden', plain.text], request.operationId)
    }
  })

  it('that may not is told so before any of the body is read, also where a file of a gigabyte is promised', async () => {
    const key = await newKey(stage, ['read'])
    const bodied = writing.filter(({ body }) => body !== undefined)
    assert.ok(bodied.length > 40)
    for (const request of bodied) assert.match(await headOnly(request, key), /^HTTP\/1\.1 403 /, request.operationId)
  })

  it('without any right scope is not told whether what it asks for is well-formed', async () => {
    const key = await newKey(stage, ['read'])
    for (const request of writing.filter(({ body }) => body !== undefined)) {
      const wrong = { ...request, body: '{"__proto__": {', type: 'text/plain' }
      assert.equal((await ask(stage, wrong, as(key))).status, 403, request.operationId)
    }
  })

  it('changes nothing by what it is refused', async () => {
    const before = await Promise.all([stage.api.listHooks(), stage.api.listAccounts(), stage.api.listKeys()])
    const scopes: readonly (readonly Scope[])[] = [['read'], ['send']]
    for (const some of scopes) {
      const key = await newKey(stage, some)
      const others = writing.filter(({ said }) => !some.includes(said.scope))
      assert.deepEqual(await refused(key, others), idsOf(others))
    }
    const [hooks, accounts, keys] = await Promise.all([
      stage.api.listHooks(),
      stage.api.listAccounts(),
      stage.api.listKeys(),
    ])
    assert.deepEqual([hooks, accounts], [before[0], before[1]])
    assert.equal(keys.length, before[2].length + scopes.length)
  })
})

/** Sends the head of a request and nothing of its body; answers what comes back. */
async function headOnly({ method, path, type }: Request, key: string): Promise<string> {
  const { hostname, port } = new URL(stage.url)
  const socket = connect(Number(port), hostname)
  try {
    const head = [
      `${method} ${path} HTTP/1.1`,
      `host: ${hostname}:${port}`,
      `x-api-key: ${key}`,
      `content-type: ${type}`,
      `content-length: ${1024 ** 3}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
    return String(chunk)
  } finally {
    socket.destroy()
  }
}
