// No private key is ever printed, neither on the console nor in the log.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('rekey.ts', import.meta.url))
const SHOWN = /privKey|rootKey|SessionEntry|a private key/

async function printed(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
  }
  const [code] = await once(child, 'close')
  assert.equal(code, 0, text.slice(-2000))
  return text
}

/** Every private key in what the session's store holds, as text. */
function privateKeys(kept: string): string[] {
  const found = new Set<string>()
  const look = (value: unknown, name: string): void => {
    if (typeof value === 'string' && /^(private|privKey|rootKey|advSecretKey)$/.test(name)) found.add(value)
    if (typeof value === 'string' && value.startsWith('{')) look(JSON.parse(value), name)
    if (typeof value !== 'object' || value === null) return
    const isBytes = 'type' in value && value.type === 'Buffer' && 'data' in value
    if (isBytes && name === 'private') found.add(String(value.data))
    for (const [key, inner] of Object.entries(value)) look(inner, key)
  }
  look(JSON.parse(kept), '')
  return [...found]
}

describe('the library', () => {
  it('prints keys as it comes', async () => {
    assert.match(await printed('as it comes'), SHOWN)
  })

  it('prints none here while sessions are made anew, and neither does the log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'))
    try {
      const path = join(folder, 'keys.json')
      const text = await printed('repaired', path)
      assert.match(text, /the console still works/)
      assert.match(text, /whatsapp library/)
      assert.doesNotMatch(text, SHOWN)
      const keys = privateKeys(await readFile(path, 'utf8'))
      assert.ok(keys.length > 10, `${keys.length} keys`)
      assert.deepEqual(
        keys.filter((key) => text.includes(key)),
        [],
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
