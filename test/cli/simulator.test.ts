// `whatshooked simulator meta`: starts alone, calls back, and every line that it prints to be tried works.
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '../e2e/conditions.ts'
import { CLI, whatshooked } from './command.ts'

const NO_CURL = spawnSync('curl', ['--version']).status === 0 ? false : 'there is no curl'

async function startSimulator(t: TestContext, ...words: string[]) {
  const child = spawn(process.execPath, [CLI, 'simulator', 'meta', '--port', '0', ...words])
  let out = ''
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (out += String(chunk)))
  const closed = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await closed
  })
  await until(() => /Ctrl\+C ends it/.test(out) || child.exitCode !== null, 'it is up', 20_000)
  const end = async () => {
    child.kill('SIGINT')
    await closed
    return child.exitCode
  }
  return { url: /http:\S+/.exec(out)?.[0] ?? '', said: () => out, end }
}

describe('the simulated Meta alone', () => {
  it('prints lines that work as they are', { skip: NO_CURL }, async (t) => {
    const { said, end, url } = await startSimulator(t)
    const lines = said().match(/^ {2}curl .*/gm) ?? []
    assert.equal(lines.length, 3)
    const answers: string[] = []
    for (const line of lines) answers.push((await promisify(execFile)('bash', ['-c', line])).stdout)
    assert.match(answers[0] ?? '', /"body": "hi"/)
    assert.match(answers[1] ?? '', /"messages":\[\{"id":"wamid\./)
    assert.match(answers[2] ?? '', /"body": "hello"/)
    const routes = (await promisify(execFile)('curl', ['-s', `${url}/_control`])).stdout
    assert.match(routes, /POST \/numbers/)
    assert.equal(await end(), 0)
  })

  it('shakes hands with the callback and calls it, with the ids and secrets that were said', async (t) => {
    const came: string[] = []
    const webhook = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://webhook')
      came.push(request.method ?? '')
      response.end(searchParams.get('hub.verify_token') === 'open sesame' ? searchParams.get('hub.challenge') : '')
    }).listen(0, '127.0.0.1')
    t.after(() => {
      webhook.close()
      webhook.closeAllConnections()
    })
    await once(webhook, 'listening')
    const callback = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/webhook`
    const words = [
      '--callback',
      callback,
      '--verify-token',
      'open sesame',
      '--phone-number-id',
      '4711',
      '--token',
      'EAAmine',
    ]
    const { url, said } = await startSimulator(t, ...words)
    await until(() => said().includes('took the handshake'), 'the handshake')
    const number = await fetch(`${url}/v23.0/4711`, { headers: { authorization: 'Bearer EAAmine' } })
    assert.equal(number.status, 200)
    await fetch(`${url}/_control/customers/15550001111/says`, { method: 'POST', body: '{"text":"hi"}' })
    await until(() => came.includes('POST'), 'the callback')
    assert.deepEqual(came, ['GET', 'POST'])
  })

  it('does what its README says under "Run it alone"', { skip: NO_CURL }, async (t) => {
    const readme = readFileSync(fileURLToPath(new URL('../../simulator/meta/README.md', import.meta.url)), 'utf8')
    // Nobody is to be called at the port of somebody's webhook.
    const alone = (/^## Run it alone\n(.*?)^## /ms.exec(readme)?.[1] ?? '').replaceAll(':3000', ':9')
    const [start = '', lines = ''] = [...alone.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => code ?? '')
    const words = start.replaceAll('\\\n', ' ').trim().split(/\s+/)
    const { url } = await startSimulator(t, ...words.slice(words.indexOf('meta') + 1))
    const curls = lines.match(/^curl .*/gm) ?? []
    assert.ok(curls.length >= 20)
    const settings = lines.slice(0, lines.indexOf('#')).replace(/^M=.*/, `M=${url}`)
    const script = `${settings}\n${curls.map((line) => `${line}; echo; echo ---`).join('\n')}`
    const { stdout } = await promisify(execFile)('bash', ['-c', script])
    const answers = stdout.trimEnd().split(/^---$/m).slice(0, -1)
    assert.equal(answers.length, curls.length)
    for (const [index, answer] of answers.entries())
      assert.equal((JSON.parse(answer) as { error?: unknown }).error, undefined, curls[index])
  })

  it('says what is wrong with its flags', async () => {
    const cases: readonly (readonly [words: string[], sentence: RegExp])[] = [
      [['--prt', '5'], /--prt is no flag of the simulator; did you mean --port\?/],
      [['--port', '99999'], /--port takes a number from 0 to 65535/],
      [['--port'], /--port needs a value/],
      [['--callback', 'localhost'], /--callback takes an address/],
    ]
    for (const [words, sentence] of cases) {
      const { code, out, err } = await whatshooked({}, 'simulator', 'meta', ...words)
      assert.deepEqual([code, out], [64, ''])
      assert.match(err, sentence)
    }
  })
})
