// Keys on the whole product: made and shown once, kept as hashes, good for what they say and for no longer than they say.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { refusal, until } from '../conditions.ts'
import { type Stage, startStage } from '../stage.ts'
import { as } from './walk.ts'

/** All bytes of a folder, its files' names among them. */
function bytesOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((file) => file.name + readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n')
}

async function statusFor(key: string): Promise<number> {
  const response = await fetch(`${stage.url}/api/hooks`, { headers: as(key) })
  await response.arrayBuffer()
  return response.status
}

let stage: Stage
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
})
after(async () => {
  for (const end of ends) await end()
})

describe('a key', () => {
  it('works at once and after a restart, is shown in one answer, and is kept as its hash alone', async () => {
    const { key, key_id } = await stage.api.addKey({ name: 'crm of Ana', scopes: ['read'] })
    assert.match(key, /^wh_[A-Za-z0-9_-]{43}$/)
    assert.equal(await statusFor(key), 200)
    const bearer = createClient(native, { baseUrl: stage.url, key })
    assert.deepEqual(await bearer.listHooks(), [])

    const [shown] = await stage.api.listKeys()
    const { created_at, last_used_at, ...rest } = shown ?? assert.fail()
    assert.deepEqual(rest, { id: key_id, name: 'crm of Ana', scopes: ['read'], accounts: null, expires_at: null })
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000)
    assert.ok(last_used_at !== null && Date.parse(last_used_at) % 60_000 === 0, 'to the minute')
    const told = JSON.stringify([await stage.api.listKeys(), await stage.api.listAudit()])
    assert.ok(!told.includes(key.slice(3)) && !told.includes(sha256(key)))

    await stage.restart()
    assert.equal(await statusFor(key), 200)
    const onDisk = bytesOf(stage.folder)
    assert.ok(onDisk.includes(sha256(key)) && onDisk.includes('crm of Ana'), 'the search can find something')
    assert.ok(!onDisk.includes(key.slice(3)))
    assert.ok(!onDisk.includes(stage.key.slice(3)), 'nor the one of the installation')
  })

  it('that was removed is refused at once, after a restart, and as one that never was', async () => {
    const { key, key_id } = await stage.api.addKey({ name: 'short-lived', scopes: ['admin'] })
    const itself = createClient(native, { baseUrl: stage.url, key })
    assert.deepEqual(await itself.removeKey({ id: key_id }), { status: 'ok' })
    const never = `wh_${'x'.repeat(43)}`
    const answers = async (shown: string) => {
      const response = await fetch(`${stage.url}/api/hooks`, { headers: as(shown) })
      return [response.status, await response.text(), response.headers.get('www-authenticate')]
    }
    assert.deepEqual(await answers(key), await answers(never))
    assert.match(await refusal(stage.api.removeKey({ id: key_id }), 'not-found'), /there is no key/)
    await stage.restart()
    assert.equal(await statusFor(key), 401)
    assert.ok(!(await stage.api.listKeys()).some(({ id }) => id === key_id))
  })

  it('is good until it expires, and not after a restart either', async () => {
    const end = Date.now() + 1500
    const wish = { name: 'for a moment', scopes: ['read' as const], expires_at: new Date(end).toISOString() }
    const { key, key_id } = await stage.api.addKey(wish)
    assert.equal(await statusFor(key), 200)
    const listed = (await stage.api.listKeys()).find(({ id }) => id === key_id)
    assert.equal(listed?.expires_at, wish.expires_at)
    await until(async () => (await statusFor(key)) === 401, 'its time is over', 3000)
    assert.ok(Date.now() >= end, 'and not before')
    await stage.restart()
    assert.equal(await statusFor(key), 401)
  })

  it('may be used while it is removed: each call is answered or refused, and none that began later is answered', async () => {
    const { key, key_id } = await stage.api.addKey({ name: 'raced', scopes: ['read'] })
    const during = Array.from({ length: 8 }, () => statusFor(key))
    const [, ...statuses] = await Promise.all([stage.api.removeKey({ id: key_id }), ...during])
    for (const status of statuses) assert.ok(status === 200 || status === 401, String(status))
    assert.equal(await statusFor(key), 401)
  })

  it('that makes no sense is not made, and the sentence names the field', async () => {
    const good = { name: 'n', scopes: ['read' as const] }
    const count = (await stage.api.listKeys()).length
    const wrong: [object, RegExp][] = [
      [{ ...good, scopes: [] }, /scopes/],
      [{ ...good, scopes: ['root'] }, /scopes/],
      [{ ...good, name: '' }, /name/],
      [{ ...good, accounts: [] }, /accounts/],
      [{ ...good, accounts: ['nobody'] }, /accounts: there is no account "nobody"/],
      [{ ...good, expires_at: '2001-01-01T00:00:00Z' }, /expires_at: is in the past/],
      [{ ...good, expires_at: 'tomorrow' }, /expires_at/],
      [{ ...good, expires_at: '2031-13-31T00:00:00Z' }, /expires_at/],
      [{ ...good, key: 'wh_of-my-own-choice-0123456789' }, /key/],
      [{ ...good, id: 'key_mine' }, /id/],
      [{ ...good, sha256: sha256('x') }, /sha256/],
    ]
    for (const [wish, says] of wrong) {
      assert.match(await refusal(stage.api.addKey(wish as typeof good)), says, JSON.stringify(wish))
    }
    assert.equal((await stage.api.listKeys()).length, count)
  })

  it('named twice in its scopes has them once, and "null" is as good as absent', async () => {
    await stage.api.addKey({ name: 'doubled', scopes: ['read', 'send', 'read'], accounts: null, expires_at: null })
    const listed = (await stage.api.listKeys()).find(({ name }) => name === 'doubled')
    assert.deepEqual([listed?.scopes, listed?.accounts, listed?.expires_at], [['read', 'send'], null, null])
  })
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
