// The key that secrets are encrypted with: from the settings, or from a file in the data folder that the first start makes.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from './model/failure.ts'
import type { SealingKey } from './store/sealer.ts'

const FILE = 'secret.key'
const BYTES = 32

/** `given` is base64, or null for the file's. Fails with `invalid` for a file that holds no key. */
export function secretKey(folder: string, given: string | null): SealingKey {
  const text = given ?? keyFile(folder)
  const key = Buffer.from(text, 'base64')
  if (key.length !== BYTES) {
    throw new Failure(
      'invalid',
      `The file ${join(folder, FILE)} does not hold a key of ${BYTES} bytes in base64; put the one that this data was made with there, or set WHATSHOOKED_SECRET_KEY`,
    )
  }
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key }
}

/** What links to files are signed with: made of the same key, so that it need not be kept. */
export function linkKey({ key }: SealingKey): Uint8Array {
  return createHmac('sha256', key).update('links to files').digest()
}

/** Made only where there is no data yet: a new key beside old data would open nothing of it. */
function keyFile(folder: string): string {
  const path = join(folder, FILE)
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  if (readdirSync(folder).some((name) => name.endsWith('.db'))) {
    throw new Failure(
      'invalid',
      `The data folder ${folder} has data, but its key file ${FILE} is gone; put it back, or set WHATSHOOKED_SECRET_KEY to the key that this data was made with`,
    )
  }
  const made = randomBytes(BYTES).toString('base64')
  writeFileSync(path, `${made}\n`, { mode: 0o600, flag: 'wx' })
  return made
}
