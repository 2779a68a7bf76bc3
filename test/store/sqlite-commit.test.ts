// How the embedded store commits: together, whole, and never told before it is so.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { ACCOUNT_DEFAULTS } from '../../src/model/account.ts'
import type { Store } from '../../src/store/store.ts'
import { draft, hookDraft, recordMany } from '../suites/store/parts.ts'
import { openFolder, tempFolder } from './folder.ts'

const FILE = 'whatshooked.db'

/** A child that records, the numbers that it was told, and a wait for so many of them. */
function recorder(folder: string, lanes: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), folder, String(lanes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => told.push(line))
  let isOver = false
  const ended = once(lines, 'close').then(() => {
    isOver = true
  })
  const heard = async (count: number): Promise<void> => {
    while (told.length < count) {
      if (isOver) throw new Error(`the child ended after ${told.length} lines, the last: ${told.at(-1)}`)
      await Promise.race([once(lines, 'line'), ended])
    }
  }
  return { child, told, heard, ended }
}

async function kill({ child, ended }: { child: ChildProcess; ended: Promise<unknown> }): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** Another program that holds the file against writers, until it lets go. */
function holder(folder: string): { letGo(): void; close(): void } {
  const db = new DatabaseSync(join(folder, FILE), { timeout: 5000 })
  db.exec('BEGIN IMMEDIATE')
  return {
    letGo: () => db.exec('ROLLBACK'),
    // Not before the store is open again: the last to close takes the log in.
    close: () => db.close(),
  }
}

async function assertAllThere(folder: string, told: readonly string[]): Promise<void> {
  const store = await openFolder(folder)
  const there = new Set((await store.events.page(0, 1_000_000)).map((event) => event.seq))
  for (const seq of told.slice(1)) assert.ok(there.has(Number(seq)), `event ${seq} was told to be on disk`)
  await store.close()
}

describe('a kill', { concurrency: 2 }, () => {
  test('loses nothing that was told, whenever it comes', async () => {
    const folder = tempFolder()
    for (const count of [2, 150, 800]) {
      const child = recorder(folder, 16)
      await child.heard(count)
      await kill(child)
      assert.equal(child.told[0], 'ready')
      await assertAllThere(folder, child.told)
    }
  })

  test('in a commit that stalls loses nothing that was told, and nothing is told meanwhile', async () => {
    const folder = tempFolder()
    const child = recorder(folder, 16)
    await child.heard(100)
    const stall = holder(folder)
    // What was committed before the stall may still be on its way to us; what comes after the stall must not.
    const reading = new DatabaseSync(join(folder, FILE), { readOnly: true })
    const head = Number(reading.prepare('SELECT max(seq) AS head FROM event').get()?.head)
    reading.close()
    await child.heard(head + 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await kill(child)
    stall.letGo()
    assert.equal(child.told.length, head + 1, 'told: ready, and what was on disk when the stall began')
    await assertAllThere(folder, child.told)
    stall.close()
  })

  test('leaves no lock behind, while a living server is respected', async () => {
    const folder = tempFolder()
    const first = recorder(folder, 0)
    await first.heard(1)
    const second = recorder(folder, 0)
    await second.heard(1)
    assert.match(second.told[0]!, /^Another server uses the data folder/)
    await second.ended
    await kill(first)
    const store = await openFolder(folder)
    await recordMany(store, 1)
    await store.close()
  })
})

test('a unit that fails does not fail its neighbours, and leaves no hole', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await store.hooks.add(hookDraft())
  const settled = await Promise.allSettled([
    store.events.record([draft({ origin: { at: 1, key: 'a' } })]),
    store.hooks.add(hookDraft()),
    store.events.record([draft({ type: 'meta.first' }), draft({ origin: { at: 1, key: 'a' } })]),
    store.accounts.replace({
      id: 'none',
      kind: 'web',
      phoneNumber: null,
      disabled: false,
      sessionPath: null,
      showQr: false,
      ...ACCOUNT_DEFAULTS,
      web: null,
      cloud: null,
    }),
    store.events.record([draft({ type: 'meta.first' })]),
  ])
  assert.deepEqual(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code)),
    [[1], 'exists', [2, 0], 'not-found', [3]],
  )
  assert.deepEqual(
    (await store.events.page(0, 10)).map((event) => event.type),
    ['message.received', 'meta.first', 'meta.first'],
  )
  assert.equal(store.health().ok, true)
  await store.close()
})

test('what waits for a stalled commit is seen in the health, and is written when the stall ends', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  const stall = holder(folder)
  const recorded = recordMany(store, 5)
  const { ok, waiting } = store.health()
  assert.deepEqual({ ok, waiting }, { ok: true, waiting: 5 })
  stall.letGo()
  assert.deepEqual(await recorded, [1, 2, 3, 4, 5])
  assert.equal(store.health().waiting, 0)
  stall.close()
  await store.close()
})

test('closing ends what was asked, and refuses what comes after', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  const recorded = recordMany(store, 20)
  await Promise.all([store.close(), store.close()])
  assert.equal((await recorded).length, 20)
  await assert.rejects(store.events.record([draft()]), { code: 'unavailable' })
  const later = await openFolder(folder)
  assert.equal(await later.events.head(), 20)
  await later.close()
})

test('another program that holds the file for long makes writes fail for the while, and no longer', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  const stall = holder(folder)
  await assert.rejects(recordMany(store, 2), { code: 'unavailable', message: /Another program holds/, retryAfterS: 5 })
  assert.match(store.health().reason ?? '', /Another program holds/)
  stall.letGo()
  assert.deepEqual(await recordMany(store, 1), [1])
  assert.deepEqual(store.health(), { ok: true, reason: null, waiting: 0, waitingMs: 0 })
  stall.close()
  await store.close()
})

test('a full disk makes writes fail, loses nothing, and is over when there is space again', async (t) => {
  const folder = tempFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder])
  if (mounted.status !== 0) return t.skip(`a small disk cannot be mounted here: ${mounted.stderr ?? mounted.error}`)
  try {
    const ballast = join(folder, 'ballast')
    writeFileSync(ballast, Buffer.alloc(3_000_000))
    const store = await openFolder(folder)
    const told = await recordUntilFull(store)
    const { ok, reason } = store.health()
    assert.deepEqual([ok, reason], [false, 'There is no space left on the disk of the data folder'])
    assert.equal((await store.events.page(0, 100_000)).length, told)
    await assert.rejects(store.events.record([draft({ data: 'x'.repeat(100_000) })]), { code: 'unavailable' })
    rmSync(ballast)
    assert.deepEqual(await recordMany(store, 1), [told + 1])
    assert.equal(store.health().ok, true)
    await store.close()
  } finally {
    spawnSync('umount', [folder])
  }
})

async function recordUntilFull(store: Store): Promise<number> {
  for (let told = 0; told < 5000; told += 1) {
    const full = await store.events.record([draft({ data: 'x'.repeat(10_000) })]).catch((thrown) => thrown)
    if (Array.isArray(full)) continue
    assert.deepEqual([full.code, full.retryAfterS], ['unavailable', 10])
    return told
  }
  throw new Error('The disk did not get full')
}

test('a file that turns out damaged ends writing for good, and says so once', async () => {
  const folder = tempFolder()
  const said: string[] = []
  const store = await openFolder(folder, { onFatal: (sentence) => said.push(sentence) })
  await recordMany(store, 3)
  const file = join(folder, FILE)
  const other = new DatabaseSync(file)
  other.exec(`UPDATE setting SET value = value; PRAGMA wal_checkpoint(TRUNCATE)`)
  other.close()
  const bytes = readFileSync(file)
  writeFileSync(file, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]))
  const failure = { code: 'unavailable', message: /is damaged/ }
  await assert.rejects(recordMany(store, 1), failure)
  await assert.rejects(recordMany(store, 1), failure)
  assert.equal(said.length, 1)
  assert.equal(store.health().ok, false)
  await store.close()
})
