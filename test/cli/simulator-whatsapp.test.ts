// `whatshooked simulator whatsapp`: starts alone, and every line that it prints and its README shows works.
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WA_CERT_DETAILS } from 'baileys'
import { until } from '../e2e/conditions.ts'
import { createClient, prepareLibrary } from '../simulator/whatsapp/client.ts'
import { CLI, whatshooked } from './command.ts'

const NO_CURL = spawnSync('curl', ['--version']).status === 0 ? false : 'there is no curl'

before(prepareLibrary)

async function startSimulator(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'whatsapp-'))
  const trust = join(folder, 'trust.json')
  const child = spawn(process.execPath, [CLI, 'simulator', 'whatsapp', '--port', '0', '--trust', trust])
  let out = ''
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (out += String(chunk)))
  const closed = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await closed
    rmSync(folder, { recursive: true })
  })
  await until(() => /Ctrl\+C ends it/.test(out) || child.exitCode !== null, 'it is up', 30_000)
  const end = async () => {
    child.kill('SIGINT')
    await closed
    return child.exitCode
  }
  const { noise_root } = JSON.parse(readFileSync(trust, 'utf8')) as { noise_root: string }
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(noise_root, 'base64')
  return { url: /ws:\S+/.exec(out)?.[0] ?? '', trust, said: () => out, end }
}

const shell = async (line: string) => (await promisify(execFile)('bash', ['-c', line])).stdout

describe('the simulated WhatsApp alone', () => {
  it('prints lines that link a device and write to it', { skip: NO_CURL }, async (t) => {
    const { url, trust, said, end } = await startSimulator(t)
    assert.ok(said().includes(`WHATSHOOKED_WHATSAPP_URL=${url} WHATSHOOKED_WHATSAPP_TRUST='${trust}'`))
    const [scans = '', enters = '', says = '', inbox = ''] = said().match(/^ {2}curl .*/gm) ?? []
    const client = createClient(url)
    t.after(() => client.end())
    client.connect()
    const qr = await client.until(() => client.qrs.at(-1), 'a QR code')
    assert.match(await shell(scans.replace('<text of the QR code>', qr)), /"linked": true/)
    await client.closed()
    client.connect()
    await client.opened()
    const { id } = JSON.parse(await shell(says)) as { id: string }
    const got = await client.until(() => client.messages.find(({ key }) => key.id === id), 'the message')
    assert.equal(got.message?.conversation, 'hi')
    await client.socket().sendMessage(got.key.remoteJid ?? '', { text: 'hello' })
    assert.match(await shell(`for i in 1 2 3 4 5 6 7 8 9; do ${inbox} | grep hello && break; done`), /"text": "hello"/)

    const other = createClient(url)
    t.after(() => other.end())
    other.connect()
    await other.until(() => other.qrs.at(-1), 'a QR code')
    const code = await other.socket().requestPairingCode('15550000001')
    assert.match(await shell(enters.replace('<code>', code)), /"linked": true/)
    assert.match(await shell(`curl -s ${url.replace('ws:', 'http:').replace('/ws/chat', '/_control')}`), /\/says/)
    // Another session takes the place of the first, which the Signal library would write down, keys and all.
    const control = url.replace('ws:', 'http:').replace('/ws/chat', '/_control')
    const sent = await client.socket().sendMessage(got.key.remoteJid ?? '', { text: 'again?' })
    await shell(`curl -s ${control}/phones/15550001111/asks-again -d '{"id":"${sent?.key.id}"}'`)
    const inbox2 = `${inbox} | grep -c '"repeated": true'`
    assert.match(await shell(`for i in 1 2 3 4 5 6 7 8 9; do ${inbox2} && break; done`), /1\n$/)
    assert.doesNotMatch(said(), /privKey|SessionEntry/)
    assert.equal(await end(), 0)
  })

  it('does what its README says under "Run it alone"', { skip: NO_CURL }, async (t) => {
    const readme = readFileSync(fileURLToPath(new URL('../../simulator/whatsapp/README.md', import.meta.url)), 'utf8')
    const [, lines = ''] = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => code ?? '')
    const { url } = await startSimulator(t)
    const curls = (lines.match(/^curl .*/gm) ?? []).filter((line) => !/\/(?:scans|enters) /.test(line))
    assert.ok(curls.length >= 20)
    const control = url.replace('ws:', 'http:').replace('/ws/chat', '/_control')
    const answers = (await shell(`W=${control}\n${curls.map((line) => `${line}; echo ---`).join('\n')}`)).split(
      /^---$/m,
    )
    assert.equal(answers.length, curls.length + 1)
    for (const [index, line] of curls.entries())
      assert.equal((JSON.parse(answers[index] ?? '') as { error?: unknown }).error, undefined, line)
  })

  it('says what is wrong with its flags', async () => {
    const cases: readonly (readonly [words: string[], sentence: RegExp])[] = [
      [['--trst', 'x'], /--trst is no flag of the simulator; did you mean --trust\?/],
      [['--port', '99999'], /--port takes a number from 0 to 65535/],
      [['--port', '0', '--trust', '/nowhere/at/all.json'], /\/nowhere\/at\/all\.json cannot be written \(ENOENT\)/],
    ]
    for (const [words, sentence] of cases) {
      const { code, out, err } = await whatshooked({}, 'simulator', 'whatsapp', ...words)
      assert.notEqual(code, 0)
      assert.equal(out, '')
      assert.match(err, sentence)
    }
  })
})
