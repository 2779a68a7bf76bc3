// Sealed values open for their own row, with their own key, unchanged; and in no other way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSealer } from '../../src/store/sealer.ts'

const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) })
const sealer = createSealer([key('k1', 1)])
const cannotOpen = { name: 'Failure', message: /cannot be opened/ }

test('what is sealed opens again, also when empty, long or not ASCII', () => {
  for (const plain of ['', 'whsec_secret', 'ü€😀', 'x'.repeat(100_000)])
    assert.equal(sealer.open(sealer.seal(plain, 'hook:crm:secret'), 'hook:crm:secret'), plain)
})

test('a sealed text tells its version and key, and is never the same twice', () => {
  const [one, two] = [sealer.seal('same', 'a'), sealer.seal('same', 'a')]
  assert.match(one, /^v1\.k1\.[\w-]{16}\.[\w-]{27}$/)
  assert.notEqual(one, two)
})

test('a sealed text that was moved to another row does not open', () => {
  const sealed = sealer.seal('secret', 'hook:crm:secret')
  assert.throws(() => sealer.open(sealed, 'hook:other:secret'), cannotOpen)
  assert.throws(() => sealer.open(sealed, 'hook:crm:headers'), cannotOpen)
})

test('a sealed text with any one character changed does not open', () => {
  const sealed = sealer.seal('secret', 'a')
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
    // The last character of base64 holds bits that say nothing.
    if (Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url'))) continue
    assert.throws(() => sealer.open(changed, 'a'), cannotOpen, `character ${at}`)
  }
  for (const broken of ['', 'v1', 'v1.k1..', sealed.slice(0, -20), `${sealed}.x`, `v2${sealed.slice(2)}`])
    assert.throws(() => sealer.open(broken, 'a'), cannotOpen, broken)
})

test('the first key seals, and all open', () => {
  const old = sealer.seal('secret', 'a')
  const both = createSealer([key('k2', 2), key('k1', 1)])
  assert.equal(both.open(old, 'a'), 'secret')
  const fresh = both.seal('secret', 'a')
  assert.match(fresh, /^v1\.k2\./)
  assert.throws(() => sealer.open(fresh, 'a'), cannotOpen)
  assert.throws(() => createSealer([key('k1', 9)]).open(old, 'a'), cannotOpen)
})

test('keys that are none are refused', () => {
  assert.throws(() => createSealer([]), { code: 'invalid' })
  assert.throws(() => createSealer([{ id: 'k1', key: Buffer.alloc(16) }]), { code: 'invalid' })
  assert.throws(() => createSealer([{ id: 'a.b', key: Buffer.alloc(32) }]), { code: 'invalid' })
})
