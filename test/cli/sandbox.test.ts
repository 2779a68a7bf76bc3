// `whatshooked sandbox`: shows both numbers, stays up, prints lines that work as they are, and leaves nothing behind.
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { until } from '../e2e/conditions.ts'
import { CLI } from './command.ts'

const NO_CURL = spawnSync('curl', ['--version']).status === 0 ? false : 'there is no curl'
const NPM = 'npm run -s whatshooked --'

/** Runs it; whatever it leaves in the folder for temporary files can be seen. */
function startSandbox(t: TestContext, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-cli-'))
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, TMPDIR: folder }
  const child = spawn(process.execPath, [CLI, 'sandbox', ...words], { env, cwd: folder })
  const heard = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (heard.out += String(chunk)))
  child.stderr.on('data', (chunk) => (heard.err += String(chunk)))
  const closed = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await closed
    rmSync(folder, { recursive: true, force: true })
  })
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    heard,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    says: (what: RegExp) => until(() => what.test(heard.out) || hasEnded(), `${what}: ${heard.err}`, 40_000),
    async ended() {
      await closed
      return { code: child.exitCode, ...heard, left: readdirSync(folder) }
    },
  }
}

/** The lines to paste, those that go on put together, with this Node where npm would look for the project's. */
function linesIn(out: string): string[] {
  const node = `'${process.execPath}' '${CLI}'`
  const text = out.slice(out.indexOf('It stays up')).replaceAll(/ \\\n\s*/g, ' ')
  return (text.match(/^ {2}(?:export|curl|npm) .*/gm) ?? []).map((line) => line.trim().replace(NPM, node))
}

const shell = async (...lines: string[]) =>
  (await promisify(execFile)('bash', ['-c', lines.join('\n')], { timeout: 30_000 })).stdout

const STEPS = [
  ...['the server is up at http', 'hook "my-software" is registered'],
  ...['account "shop" is connected: +1555', 'the simulated Meta verified', 'the customer writes', 'signature right'],
  ...['delivered: status 200', 'the simulated Meta took the reply: wamid.', "customer's phone", 'the customer read it'],
  ...['account "phone" is pairing', 'the QR code', 'simulated phone scanned it', '"phone" is connected: +15550000001'],
  ...['the friend writes', 'signature right', 'delivered: status 200', 'the simulated WhatsApp took the reply'],
  ...["friend's phone", 'the friend read it'],
]

describe('the sandbox', () => {
  it('shows both numbers, and every line that it prints works', { skip: NO_CURL }, async (t) => {
    const sandbox = startSandbox(t)
    await sandbox.says(/Ctrl\+C ends it/)
    const steps = sandbox.heard.out.match(/^ *\d+ ms {2}.*/gm) ?? []
    assert.equal(steps.length, STEPS.length, sandbox.heard.out + sandbox.heard.err)
    for (const [index, step] of STEPS.entries()) assert.ok(steps[index]?.includes(step), `${step}: ${steps[index]}`)

    const [first = '', customer = '', friend = '', send = '', command = '', list = '', add = '', pair = '', scan = ''] =
      linesIn(sandbox.heard.out)
    await shell(first, add)
    const pairing = execFile('bash', ['-c', `${first}\n${pair}`], { timeout: 40_000 })
    let shown = ''
    pairing.stdout?.on('data', (chunk) => (shown += String(chunk)))
    const paired = once(pairing, 'close')
    await until(() => shown.includes('▀'), 'a QR code is shown', 20_000)
    assert.match(await shell(scan), /"linked": true/)
    await shell(customer, friend)
    await sandbox.says(/message\.received +shop +Ada: one more/)
    await sandbox.says(/message\.received +phone +Zoë: one more/)
    for (const line of [send, command]) {
      const { message_id } = JSON.parse(await shell(first, line)) as { message_id: string }
      await sandbox.says(new RegExp(`message\\.delivered .*${message_id.replace('=', '')}`))
    }
    assert.equal((JSON.parse(await shell(first, list)) as { deliveries: unknown[] }).deliveries.length, 5)
    await paired
    assert.match(shown, /mine is linked as \+15550000002/)

    sandbox.kill('SIGINT')
    sandbox.kill('SIGINT')
    assert.deepEqual(await sandbox.ended(), { ...sandbox.heard, err: '', code: 0, left: [] })
  })

  it('takes another port beside a server, ends by itself, and ends with what it began', async (t) => {
    const taken = createServer().listen(8825, '127.0.0.1')
    // By somebody else, otherwise.
    await once(taken, 'listening').catch(() => {})
    t.after(() => taken.close())
    const { code, out, err, left } = await startSandbox(t, '--once').ended()
    assert.deepEqual([code, err, left], [0, '', []])
    assert.match(out, /up at http:\/\/127\.0\.0\.1:(?!8825)\d+ \(port 8825 is taken\)/)
    assert.match(out, /the friend read it: blue ticks\n\nAll of it took \d+\.\d s\.\n+$/)
  })

  it('that is stopped in the middle throws its data away, and says by its code that it did not end', async (t) => {
    const sandbox = startSandbox(t, '--once', '--port', '0')
    await sandbox.says(/ is registered/)
    sandbox.kill('SIGINT')
    const { code, err, left } = await sandbox.ended()
    assert.deepEqual([code, err, left], [130, '', []])
  })

  it('says what stands in its way', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const port = String((taken.address() as AddressInfo).port)
    const cases: readonly (readonly [words: string[], code: number, sentence: RegExp])[] = [
      [['--port', port], 1, new RegExp(`^[^\\n]*${port}[^\\n]*\\n$`)],
      [['--graph-url', 'https://graph.facebook.com'], 64, /^--graph-url cannot be set in the sandbox/],
      [['--data', './data'], 64, /^--data cannot be set/],
    ]
    const ended = await Promise.all(cases.map(([words]) => startSandbox(t, '--once', ...words).ended()))
    for (const [index, [words, code, sentence]] of cases.entries()) {
      const end = ended[index]
      assert.deepEqual([end?.code, end?.out, end?.left], [code, '', []], words.join(' '))
      assert.match(end?.err ?? '', sentence)
    }
  })

  it('says why it did not get through', async (t) => {
    // No client of fetch calls a server on this port.
    const { code, out, err, left } = await startSandbox(t, '--once', '--port', '10080').ended()
    assert.match(out, /up at http:\/\/127\.0\.0\.1:10080\n$/)
    assert.equal(err, '\nThe sandbox did not get through: fetch failed: bad port\n')
    assert.deepEqual([code, left], [1, []])
  })
})
