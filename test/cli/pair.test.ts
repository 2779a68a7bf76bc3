// Linking a phone from a terminal, and sessions that go from server to server in files.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { offerText, offerWithHelp } from '../../src/cli/offer.ts'
import { readQr } from '../kit/qr-reader.ts'
import { QR } from '../surfaces/fake-gateway.ts'
import { KEY, startServer } from '../surfaces/start.ts'
import { CLI, whatshooked } from './command.ts'

const PASSWORD = 'correct horse battery'

async function started(t: Parameters<typeof startServer>[0]) {
  const { url, gateway, inside } = await startServer(t)
  await gateway.accounts.add({ id: 'phone', kind: 'web' })
  inside.offer = { ...inside.offer, expiresAt: Date.now() + 60_000 }
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-pair-'))
  t.after(async () => rmSync(folder, { recursive: true, force: true }))
  const call = (...words: string[]) => whatshooked({ url, key: KEY }, ...words)
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${PASSWORD}\n`)
  return { inside, url, call, folder, passwordFile }
}

/** The codes in what a terminal without colours was shown. */
function codesIn(out: string): string[] {
  const blocks = out.match(/(?:^[█▀▄ ]{20,}\n)+/gm) ?? []
  return blocks.map((block) => {
    const rows = block
      .trimEnd()
      .split('\n')
      .flatMap((line) => [
        [...line].map((half) => half === '▄' || half === ' '),
        [...line].map((half) => half === '▀' || half === ' '),
      ])
    return readQr(rows.slice(2, rows[0]!.length - 2).map((row) => row.slice(2, -2)))
  })
}

it('the code is shown, the next one too, until a phone is linked', async (t) => {
  const { inside, call } = await started(t)
  const running = call('pair', 'phone')
  setTimeout(() => Object.assign(inside, { offer: { ...inside.offer, text: '2@the-next-one' } }), 2_500).unref()
  setTimeout(() => Object.assign(inside, { linked: true }), 5_500).unref()
  const { code, out, err } = await running
  assert.deepEqual([code, err], [0, ''])
  assert.deepEqual(codesIn(out), [QR, '2@the-next-one'])
  assert.match(out, /Linked devices/)
  assert.match(out, /phone is linked as \+15550000000\.\n$/)
})

it('with a number a code to type is shown, as text and as JSON', async (t) => {
  const { inside, call } = await started(t)
  const both = [
    call('pair', 'phone', '--phone', '+15550000001'),
    call('pair', 'phone', '--phone=1', '--output', 'json'),
  ]
  const asked = () => inside.asked.length >= 1
  const until = Date.now() + 15_000
  while (!asked() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
  setTimeout(() => Object.assign(inside, { linked: true }), 1_000).unref()
  const [text, json] = await Promise.all(both)
  assert.match(text!.out, /phone: type K4RT-9WQX into the phone/)
  assert.deepEqual([text!.code, json!.code], [0, 1])
  assert.match(json!.err, /phone: must be a phone number/)
})

it('Ctrl+C ends it with a word about the code that stays good, or was taken', async (t) => {
  const { inside, url } = await started(t)
  const env = { PATH: process.env.PATH, WHATSHOOKED_URL: url, WHATSHOOKED_API_KEY: KEY }
  const told = async (heard: (out: string, stop: () => void) => void) => {
    const child = spawn(process.execPath, [CLI, 'pair', 'phone'], { env, timeout: 20_000, killSignal: 'SIGKILL' })
    const all = { out: '', err: '' }
    child.stderr.on('data', (chunk) => (all.err += String(chunk)))
    child.stdout.on('data', (chunk) => {
      all.out += String(chunk)
      heard(all.out, () => child.kill('SIGINT'))
    })
    await once(child, 'close')
    return [child.exitCode, all.err] as const
  }
  const [code, err] = await told((out, stop) => /Linked devices/.test(out) && stop())
  assert.equal(code, 130)
  assert.match(err, /^No phone is linked to phone yet\. The code stays good until .*disable-account phone ends it/)
  const taken = await told((out, stop) => {
    if (/took the code/.test(out)) stop()
    else if (/Linked devices/.test(out)) inside.webState = 'connecting'
  })
  assert.equal(taken[0], 130)
  assert.match(taken[1], /^The phone took the code, and the server goes on without this command/)
})

it('a refused link ends it with the reason, however it was asked for, and no other code is shown', async (t) => {
  const { inside, call } = await started(t)
  const says = 'WhatsApp wants a passkey'
  const running = [call('pair', 'phone'), call('pair', 'phone', '--phone', '+15550000001')]
  setTimeout(() => Object.assign(inside, { webState: 'unlinked', refusal: says }), 3_000).unref()
  const [scanned, typed] = await Promise.all(running)
  assert.deepEqual([scanned!.code, scanned!.err, codesIn(scanned!.out)], [1, `${says}\n`, [QR]])
  assert.deepEqual([typed!.code, typed!.err, typed!.out.match(/: type /g)?.length], [1, `${says}\n`, 1])
})

it('a terminal that is too narrow for a code is told so, in place of a broken one', () => {
  const offer = { by: 'qr', text: QR, expiresAt: 0 } as const
  const width = offerText('phone', offer, { isTTY: true, columns: 1000 })
    .split('\n')[0]!
    .match(/[█▀▄ ]/g)!.length
  const fits = offerText('phone', offer, { isTTY: true, columns: width })
  assert.match(fits, /[█▀▄]{5}/)
  const narrow = offerText('phone', offer, { isTTY: true, columns: width - 1 })
  assert.match(
    narrow,
    new RegExp(`^phone: the QR code is ${width} columns wide, .* has ${width - 1}.*pair phone --phone`),
  )
  assert.doesNotMatch(narrow, /[█▀▄]/)
  const help = offerWithHelp('phone', offer, { isTTY: false })
  assert.match(help, /Linked devices.*may ban numbers/s)
  assert.match(offerWithHelp('phone', { ...offer, by: 'code' }, { isTTY: false }), /Link with phone number instead/)
})

it('wrong words, other numbers and other servers end it with their own codes', async (t) => {
  const { inside, call } = await started(t)
  assert.equal((await call('pair')).code, 64)
  assert.equal((await call('pair', '--phone', '+1')).code, 64)
  const stranger = await call('pair', 'nobody')
  assert.deepEqual([stranger.code, stranger.out], [1, ''])
  assert.match(stranger.err, /no account nobody/)
  assert.equal((await call('pair', 'phone', '--key', 'wrong')).code, 77)
  assert.equal((await call('pair', 'phone', '--server', 'http://127.0.0.1:1')).code, 69)
  inside.linked = true
  const linked = await call('pair', 'phone', '--output', 'json')
  assert.deepEqual([linked.code, JSON.parse(linked.out).state], [0, 'connected'])
})

it('a session goes into a file that only its owner may read, and from there to a server', async (t) => {
  const { inside, call, folder, passwordFile } = await started(t)
  const file = join(folder, 'phone.session')
  const out = await call('session', 'export', 'phone', '--file', file, '--password-file', passwordFile)
  assert.deepEqual([out.code, out.out], [0, ''])
  assert.match(out.err, /The account is disabled here now/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const text = readFileSync(file, 'utf8').trim()
  const back = await call('session', 'import', 'phone', '--file', file, '--password-file', passwordFile)
  assert.deepEqual([back.code, back.err], [0, ''])
  assert.deepEqual(inside.asked, [
    ['phone', 'export', PASSWORD],
    ['phone', 'import', text, PASSWORD],
  ])
})

it('a session is not lost when its file cannot be written, and no file is written over', async (t) => {
  const { call, folder, passwordFile } = await started(t)
  const file = join(folder, 'there')
  writeFileSync(file, 'mine')
  const { code, out, err } = await call('session', 'export', 'phone', '--file', file, '--password-file', passwordFile)
  assert.deepEqual([code, out], [1, 'whatshooked-session.v1.sample\n'])
  assert.match(err, /cannot be written \(EEXIST\); the session is printed here/)
  assert.equal(readFileSync(file, 'utf8'), 'mine')
})

it('a session is not exported without a good password, nor typed where others can read it', async (t) => {
  const { inside, call, folder } = await started(t)
  const short = join(folder, 'short')
  writeFileSync(short, 'short')
  const same = join(folder, 'same')
  writeFileSync(same, 'twelve'.repeat(2))
  for (const [words, says] of [
    [['session', 'export', 'phone', '--password-file', short], /at least 12 characters/],
    [['session', 'export', 'phone', '--password-file', same], /repeats itself/],
    [['session', 'export', 'phone'], /--password-file/],
    [['session', 'export', 'phone', '--password', PASSWORD], /--password is no flag/],
    [['session', 'export'], /Say which account/],
    [['session'], /takes one of: export, import/],
  ] as const) {
    const { code, err } = await call(...words)
    assert.equal(code, 64, words.join(' '))
    assert.match(err, says)
  }
  assert.deepEqual([inside.asked, existsSync(join(folder, 'phone.session'))], [[], false])
})
