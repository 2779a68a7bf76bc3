// Commands that call a server: answers on stdout, sentences on stderr, and exit codes that scripts can tell apart.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type Stage, startStage } from '../e2e/stage.ts'
import { CLI, type Said, type Surroundings, whatshooked } from './command.ts'

const CUSTOMER = '15550001111'

describe('a command', () => {
  let stage: Stage
  let here: Surroundings
  let folder: string

  const ends: (() => Promise<void>)[] = []

  before(async () => {
    stage = await startStage({ after: (end) => void ends.push(end) })
    folder = mkdtempSync(join(tmpdir(), 'whatshooked-cli-'))
    here = { url: stage.url, key: stage.key }
    await stage.addAccount('shop')
    stage.meta.customer(CUSTOMER).says('hi')
  })
  after(async () => {
    for (const end of ends) await end()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = (...words: string[]): Promise<Said> => whatshooked(here, ...words)
  const say = (...words: string[]): Promise<Said> =>
    call('send-message', '--account', 'shop', '--to', `+${CUSTOMER}`, ...words)

  /** What came out as JSON, of a command that has to have gone well. */
  async function answered(running: Promise<Said>): Promise<Record<string, unknown>> {
    const { code, out, err } = await running
    assert.deepEqual([code, err], [0, ''], out)
    return JSON.parse(out) as Record<string, unknown>
  }

  async function refused(running: Promise<Said>, code: number, sentence: RegExp): Promise<void> {
    const said = await running
    assert.deepEqual([said.code, said.out], [code, ''], said.err)
    assert.match(said.err, sentence)
    assert.doesNotMatch(said.err, /^ +at /m, 'no stack')
    assert.equal(said.err.trimEnd().split('\n').length, 1, 'one sentence')
  }

  it('prints the answer as JSON, and a table where one is asked for', async () => {
    const { status, message_id } = await answered(say('--text', 'hello'))
    assert.equal(status, 'ok')
    assert.match(String(message_id), /^wamid\./)
    const table = await call('list-accounts', '--output', 'table')
    assert.match(table.out, /^id +shop$/m)
    assert.doesNotMatch(table.out, /EAA/, 'the token is masked')
  })

  it('sends what it reads on stdin, and once for one idempotency key', async () => {
    const body = JSON.stringify({ account_id: 'shop', to: `+${CUSTOMER}`, text: 'once' })
    const words = ['send-message', '--input', '-', '--idempotency-key', 'cli-1']
    const first = await answered(whatshooked({ ...here, stdin: body }, ...words))
    assert.deepEqual(await answered(whatshooked({ ...here, stdin: body }, ...words)), first)
    const once = stage.meta.messages().filter(({ message }) => JSON.stringify(message).includes('"once"'))
    assert.equal(once.length, 1)
  })

  it('sends files, and uploads one as a part of a form', async () => {
    const photo = join(folder, 'photo.png')
    writeFileSync(photo, 'not really a picture')
    await answered(call('send-image', '--account', 'shop', '--to', `+${CUSTOMER}`, '--image', photo))
    const { id } = await answered(call('upload-media', '--account', 'shop', '--file', photo))
    const uploads = stage.meta.media()
    assert.deepEqual(
      uploads.map(({ mimeType }) => mimeType),
      ['image/png', 'image/png'],
    )
    assert.equal(uploads.at(-1)?.id, id)
  })

  it('adds an account and a hook by flags for fields of objects and lists', async () => {
    const number = stage.meta.addNumber()
    const secrets = join(folder, 'token.txt')
    writeFileSync(secrets, `${number.token}\n`)
    const business = [
      '--business-api.phone-number-id',
      number.phoneNumberId,
      '--business-api.access-token',
      `@${secrets}`,
    ]
    await answered(call('add-account', 'second', '--type', 'business-api', ...business))
    const events = ['--events', 'message.received,message.sent', '--events', 'message.read']
    const retry = ['--retry.delays', '5,30', '--retry.give-up-after', '60']
    const fields = ['--name', 'Mine', '--url', 'http://127.0.0.1:9/', '--no-active', ...events, ...retry]
    const { secret } = await answered(call('add-hook', 'mine', ...fields))
    assert.match(String(secret), /^whsec_/)
    const hook = await stage.api.getHook({ id: 'mine' })
    assert.deepEqual(hook.events, ['message.received', 'message.sent', 'message.read'])
    assert.deepEqual([hook.retry, hook.active], [{ delays: [5, 30], give_up_after: 60 }, false])
  })

  it('deletes only what it is told to delete with --yes', async () => {
    await stage.api.addHook({ id: 'gone', name: 'x', url: 'http://127.0.0.1:9/', active: false })
    await refused(call('remove-hook', 'gone'), 64, /remove-hook deletes something: add --yes/)
    await stage.api.getHook({ id: 'gone' })
    assert.deepEqual(await answered(call('remove-hook', 'gone', '--yes')), { status: 'ok' })
    await assert.rejects(stage.api.getHook({ id: 'gone' }))
  })

  it('makes keys that are good for what they say, and for nothing once removed', async () => {
    const { key, key_id } = await answered(call('keys', 'add', '--name', 'till', '--scopes', 'read'))
    const with_key = { url: stage.url, key: String(key) }
    assert.equal((await whatshooked(with_key, 'list-accounts')).code, 0)
    await refused(whatshooked(with_key, 'remove-account', 'shop', '--yes'), 77, /scope|may/)
    assert.match((await call('keys', 'list', '--output', 'table')).out, /till/)
    await answered(call('keys', 'remove', String(key_id), '--yes'))
    await refused(whatshooked(with_key, 'list-accounts'), 77, /does not take this API key/)
  })

  it('looks for what is amiss, exits 1 when something is, and mends it', async () => {
    const number = await stage.addAccount('ill')
    assert.equal((await call('doctor', 'ill')).code, 0)
    await fetch(`${stage.meta.url}/${number.wabaId}/subscribed_apps`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${number.token}` },
    })
    const ill = await call('doctor', 'ill', '--output', 'table')
    assert.deepEqual([ill.code, ill.err], [1, ''])
    assert.match(ill.out, /^PROBLEM {2}subscription /m)
    assert.match(ill.out, /ill needs attention\.$/m)
    const mended = await call('doctor', 'ill', '--mend')
    assert.equal(mended.code, 0, mended.out)
    assert.equal((await stage.api.examineAccount({ id: 'ill' })).ok, true)
    await refused(call('doctor'), 64, /Say which account/)
  })

  it('that the server refuses exits 1 with its sentence', async () => {
    await refused(call('get-hook', 'nobody'), 1, /there is no hook "nobody"/)
    await refused(say('--text', 'x'.repeat(5000)), 1, /text/)
  })

  it('that is worded wrongly exits 64 and calls nobody', async () => {
    const calls = stage.meta.requests().length
    await refused(say(), 64, /send-message needs --text/)
    await refused(say('--text', 'x', '--output', 'xml'), 64, /--output takes json or table/)
    await refused(call('send-mesage'), 64, /did you mean send-message\?/)
    await refused(call('keys'), 64, /takes one of: list, add, remove/)
    await refused(whatshooked({ url: 'localhost:1' }, 'list-hooks'), 64, /WHATSHOOKED_URL takes an address/)
    assert.equal(stage.meta.requests().length, calls)
  })

  it('that is not let in exits 77, and one that reaches nobody 69', async () => {
    await refused(
      whatshooked({ url: stage.url }, 'list-hooks'),
      77,
      /The server wants an API key: set WHATSHOOKED_API_KEY/,
    )
    await refused(whatshooked({ url: stage.url, key: 'wrong' }, 'list-hooks'), 77, /does not take this API key/)
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    await refused(call('list-hooks', '--server', `http://127.0.0.1:${port}`), 69, /No server answers at .*ECONNREFUSED/)
  })

  it('that comes at a bad time exits 75 and says when to come again; a page instead of an answer is 69', async (t) => {
    const busy = createServer((request, response) => {
      if (request.url === '/api/keys') return void response.end('<html>hello</html>')
      response
        .writeHead(request.url === '/api/hooks' ? 429 : 503, { 'retry-after': '7' })
        .end('Too much \x1b[2J at once.')
    }).listen(0, '127.0.0.1')
    t.after(() => void busy.close())
    await new Promise((resolve) => busy.once('listening', resolve))
    const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`
    await refused(whatshooked({ url }, 'list-hooks'), 75, /^Too much {2}\[2J at once\. Try again in 7 s\.$/m)
    await refused(whatshooked({ url }, 'list-accounts'), 75, /Try again in 7 s\./)
    await refused(whatshooked({ url }, 'list-keys'), 69, /is no WhatsHooked server/)
  })

  it('whose reader has seen enough is no failure, and one that cannot write its answer says so', {
    skip: !existsSync('/dev/full'),
  }, async () => {
    const shell = (line: string) =>
      promisify(execFile)('bash', ['-c', line, CLI, process.execPath]).then(
        () => [0, ''],
        (failed: { code: number; stderr: string }) => [failed.code, failed.stderr],
      )
    assert.deepEqual(await shell('"$1" "$0" commands | true; (exit $PIPESTATUS)'), [0, ''])
    assert.deepEqual(await shell('"$1" "$0" commands > /dev/full'), [1, 'The answer cannot be written (ENOSPC)\n'])
  })

  it('says what it takes with --help, also when the rest is wrong, and its version', async () => {
    const help = await call('send-message', '--nonsense', '--help')
    assert.deepEqual([help.code, help.err], [0, ''])
    assert.match(help.out, /^whatshooked send-message --account <text> --to <text> --text <text> \[flags\]\n/)
    assert.equal((await call('help', 'send-message')).out, help.out)
    assert.match((await call('-h')).out, /^Call a running server$/m)
    assert.match((await call('-v')).out, /^\d+\.\d+\.\d+\n$/)
  })
})
