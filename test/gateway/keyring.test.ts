// Keyrings: which credentials are good, and which may not be set.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createKeyring } from '../../src/gateway/keyring.ts'
import { createSettings } from '../surfaces/start.ts'

/** No keys beside the installation's own. */
const NONE = { callerOf: () => null }
const never = () => assert.fail('a key was announced')
const GOOD = 'd41d8cd98f00b204'

async function madeKey(store = createSettings()) {
  const told: string[] = []
  const keyring = await createKeyring({ keys: NONE, store, announce: (key) => void told.push(key) })
  return { store, keyring, told }
}

test('the first start without a key makes one, tells it once, and keeps only its SHA-256', async () => {
  const { store, keyring, told } = await madeKey()
  assert.equal(told.length, 1)
  const key = String(told[0])
  assert.match(key, /^wh_[A-Za-z0-9_-]{43}$/)
  const digest = createHash('sha256').update(key).digest('hex')
  assert.deepEqual([...store.kept], [['api_key.sha256', digest]])
  assert.match(String((await keyring.check({ is: 'key', key }))?.id), /^key:/)
  assert.equal(await keyring.check({ is: 'key', key: `${key}x` }), null)

  const again = await madeKey(store)
  assert.deepEqual(again.told, [])
  assert.ok(await again.keyring.check({ is: 'key', key }))
})

test('two installations never make the same key', async () => {
  assert.notEqual((await madeKey()).told[0], (await madeKey()).told[0])
})

test('a key that was set is used instead of the one that was made', async () => {
  const { store, told } = await madeKey()
  const keyring = await createKeyring({ keys: NONE, store, apiKey: GOOD, announce: never })
  assert.ok(await keyring.check({ is: 'key', key: GOOD }))
  assert.equal(await keyring.check({ is: 'key', key: String(told[0]) }), null)
})

test('weak keys, sample keys and keys that no header can carry are refused, and the sentence does not say them', async () => {
  const weak = [
    '',
    'short',
    'fifteen-bytes-x',
    'changeme-changeme',
    'CHANGE_ME_PLEASE_NOW',
    'your-api-key-here',
    'your_secret_api_key',
    'my-super-secret-key',
    '<your key goes here>',
    '429683C4C977415CAAFCCE10F7D57E11',
    'a'.repeat(32),
    'abababababababababab',
    'secretsecretsecret',
    '0123456789:;<=>?',
    'ponmlkjihgfedcba',
    'with a space in it 42',
    'mit-ümläuten-0123456',
  ]
  for (const apiKey of weak) {
    await assert.rejects(createKeyring({ keys: NONE, store: createSettings(), apiKey, announce: never }), (thrown) => {
      assert.ok(thrown instanceof Error && 'code' in thrown)
      assert.equal(thrown.code, 'invalid', apiKey)
      assert.ok(apiKey.length < 6 || !thrown.message.includes(apiKey))
      return true
    })
  }
})

test('keys that are merely readable are taken', async () => {
  for (const apiKey of [GOOD, 'k3y-of-the-surface-tests-0001', 'test-key-for-ci-4711', 'correct-horse-battery']) {
    assert.ok(await createKeyring({ keys: NONE, store: createSettings(), apiKey, announce: never }), apiKey)
  }
})

test('a user with a password is good only with both, and never without having been set', async () => {
  const user = { username: 'ana', password: 'tr0ub4dor&3' }
  const keyring = await createKeyring({ keys: NONE, store: createSettings(), apiKey: GOOD, ...user, announce: never })
  assert.deepEqual(await keyring.check({ is: 'basic', ...user }), {
    id: 'user:ana',
    name: 'ana',
    scopes: ['read', 'send', 'hooks', 'admin'],
    accounts: null,
  })
  assert.equal(await keyring.check({ is: 'basic', ...user, password: 'tr0ub4dor&4' }), null)
  assert.equal(await keyring.check({ is: 'basic', ...user, username: 'anb' }), null)
  const without = await createKeyring({ keys: NONE, store: createSettings(), apiKey: GOOD, announce: never })
  assert.equal(await without.check({ is: 'basic', username: GOOD, password: GOOD }), null)
})

test('half a user, a weak password and a name that Basic cannot carry are refused', async () => {
  const bad = [
    { username: 'ana' },
    { password: 'tr0ub4dor&3' },
    { username: 'ana', password: 'short' },
    { username: 'admin', password: 'password123' },
    { username: 'a:b', password: 'tr0ub4dor&3' },
    { username: '', password: 'tr0ub4dor&3' },
  ]
  for (const user of bad) {
    const made = createKeyring({ keys: NONE, store: createSettings(), apiKey: GOOD, ...user, announce: never })
    await assert.rejects(made, { code: 'invalid' }, JSON.stringify(user))
  }
})
