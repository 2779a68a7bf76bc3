// Files of a request when the disk fails: the caller is told what it can do, and nothing else breaks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Log, silentLog } from '../../src/kit/log.ts'
import type { Spooling } from '../../src/kit/spool.ts'
import { createIncoming, plainFilename, plainMimeType } from '../../src/surfaces/body/incoming.ts'

const disk = (code: string) => Object.assign(new Error(`${code}: no`), { code })

/** A file on a disk that fails at one thing with this code. */
function failing(at: 'write' | 'end' | 'abort' | 'drop', code: string): Spooling {
  const fail = (what: string) => async () => {
    if (what === at) throw disk(code)
  }
  const spooled = { path: '/nowhere', size: 1, sha256: '', keep: fail('keep'), drop: fail('drop') }
  const end = async () => {
    await fail('end')()
    return spooled
  }
  return { size: 1, write: fail('write'), end, abort: fail('abort') }
}

const ABOUT = { filename: null, mimeType: null }
const bytes = new Uint8Array(1)

test('a full disk is "unavailable" with a time to come again, other faults stay ours', async () => {
  for (const [at, code, failure] of [
    ['write', 'ENOSPC', 'unavailable'],
    ['end', 'EDQUOT', 'unavailable'],
    ['write', 'EIO', 'EIO'],
  ] as const) {
    const incoming = createIncoming(async () => failing(at, code), silentLog)
    const work = async () => {
      await incoming.write('file', bytes)
      await incoming.end('file', ABOUT)
    }
    await assert.rejects(work(), { code: failure, ...(failure === 'unavailable' && { retryAfterS: 60 }) })
    assert.equal(incoming.files.size, 0)
    await incoming.drop()
  }
  const none = createIncoming(() => Promise.reject(disk('ENOSPC')), silentLog)
  await assert.rejects(none.write('file', bytes), { code: 'unavailable' })
})

test('what cannot be deleted is logged, and the answer goes out all the same', async () => {
  const said: string[] = []
  const log: Log = { ...silentLog, warn: (message) => void said.push(message) }
  for (const at of ['abort', 'drop'] as const) {
    const incoming = createIncoming(async () => failing(at, 'EIO'), log)
    await incoming.write('file', bytes)
    if (at === 'drop') await incoming.end('file', ABOUT)
    await incoming.drop()
  }
  assert.deepEqual(said, Array(2).fill('a file of a request could not be deleted'))
})

test('names and types are only what they should be', () => {
  for (const [said, name] of [
    ['a.png', 'a.png'],
    ['/etc/passwd', 'passwd'],
    ['a\\b\\c.png', 'c.png'],
    ['\u202ea\u0000\r\n.png', 'a.png'],
    ['\ud800.png', '\ufffd.png'],
    ['...', null],
    ['a/', null],
    [undefined, null],
    ['👩‍👩‍👧.png', '👩‍👩‍👧.png'],
  ] as const) {
    assert.equal(plainFilename(said), name)
  }
  assert.equal(plainFilename('😀'.repeat(300)), '😀'.repeat(240))
  assert.equal(plainMimeType(' Image/PNG ; q=1'), 'image/png')
  for (const said of ['', 'image', 'image/', 'a b/c', 'a/b\n/c', `a/${'b'.repeat(200)}`, undefined]) {
    assert.equal(plainMimeType(said), null)
  }
})
