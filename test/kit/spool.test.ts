// Files that are written as they come: whole or not at all.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openFolder } from '../../src/kit/spool.ts'

async function folderOf(t: TestContext) {
  const path = join(mkdtempSync(join(tmpdir(), 'whatshooked-spool-')), 'files')
  t.after(() => rmSync(join(path, '..'), { recursive: true, force: true }))
  return { path, folder: await openFolder(path, () => 1) }
}

async function text(from: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of from) parts.push(part)
  return Buffer.concat(parts).toString()
}

test('a file that was kept has its bytes, its name and nobody else to read it', async (t) => {
  const { path, folder } = await folderOf(t)
  const spooling = await folder.create()
  assert.equal(spooling.size, 0)
  await spooling.write(Buffer.from('hello '))
  await spooling.write(Buffer.from('world'))
  assert.equal(spooling.size, 11)
  const spooled = await spooling.end()
  assert.equal(spooled.size, 11)
  assert.equal(spooled.sha256, createHash('sha256').update('hello world').digest('hex'))
  assert.equal(readFileSync(spooled.path, 'utf8'), 'hello world')
  assert.deepEqual(await folder.names(), [], 'what is nobody’s yet has no name')
  await spooled.keep('med_1')
  await spooled.drop()
  assert.deepEqual(readdirSync(path), ['med_1'])
  assert.deepEqual(await folder.names(), ['med_1'])
  assert.equal(await folder.size('med_1'), 11)
  assert.equal(await text(folder.read('med_1')), 'hello world')
  assert.equal(await text(folder.read('med_1', { start: 1, end: 4 })), 'ello')
  assert.equal(readFileSync(folder.path('med_1'), 'utf8'), 'hello world')
  assert.equal(statSync(folder.path('med_1')).mode & 0o777, 0o600)
  assert.equal(statSync(path).mode & 0o777, 0o700)
  await assert.rejects(spooled.keep('med_2'))
  await folder.remove('med_1')
  await folder.remove('med_1')
  assert.equal(await folder.size('med_1'), null)
})

test('what is dropped or given up leaves nothing, and may be dropped again', async (t) => {
  const { path, folder } = await folderOf(t)
  const dropped = await folder.create()
  await dropped.write(Buffer.alloc(100_000, 1))
  const spooled = await dropped.end()
  await dropped.abort()
  assert.equal(statSync(spooled.path).size, 100_000, 'giving up what is complete does nothing')
  await spooled.drop()
  await spooled.drop()
  await assert.rejects(spooled.keep('med_1'))
  const given = await folder.create()
  const writing = given.write(Buffer.alloc(1_000_000, 1))
  await Promise.all([writing, given.abort()])
  await given.abort()
  assert.deepEqual(readdirSync(path), [])
})

test('a folder is opened without what a crash left half written, and with all else', async (t) => {
  const { path, folder } = await folderOf(t)
  const half = await folder.create()
  await half.write(Buffer.from('half'))
  writeFileSync(join(path, 'med_1'), 'whole')
  assert.equal(readdirSync(path).length, 2)
  const again = await openFolder(path, () => 2)
  assert.deepEqual(readdirSync(path), ['med_1'])
  assert.equal(await again.size('med_1'), 5)
  await half.abort()
})

test('only names of ours are names: nothing that was sent becomes a path', async (t) => {
  const { folder } = await folderOf(t)
  const spooling = await folder.create()
  const spooled = await spooling.end()
  for (const name of ['', '.', '..', '../x', '/etc/passwd', 'a/b', 'a.part', 'a\0', 'ä', 'x'.repeat(101)]) {
    await assert.rejects(spooled.keep(name), { message: /is no name/ }, name)
    await assert.rejects(async () => folder.size(name), { message: /is no name/ })
    assert.throws(() => folder.path(name), { message: /is no name/ })
    assert.throws(() => folder.read(name), { message: /is no name/ })
    assert.throws(() => folder.remove(name), { message: /is no name/ })
  }
  await spooled.drop()
})

test('a disk that fails is told, and what was written can still be given up', async (t) => {
  const { path, folder } = await folderOf(t)
  const spooled = await (await folder.create()).end()
  rmSync(spooled.path)
  await assert.rejects(spooled.keep('med_1'), { code: 'ENOENT' })
  await spooled.drop()
  assert.deepEqual(readdirSync(path), [])
})
