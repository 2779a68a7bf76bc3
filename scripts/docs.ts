// Writes the pages of docs/ that are made from the code: cli.md, config.md, errors.md, events.md. With --check: only says which are stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedPages } from './pages.ts'

const folder = fileURLToPath(new URL('../docs/', import.meta.url))
const onlyCheck = process.argv.includes('--check')
let stale = 0

for (const [name, text] of Object.entries(generatedPages())) {
  const path = join(folder, name)
  if (read(path) === text) continue
  stale += 1
  if (!onlyCheck) writeFileSync(path, text)
  console.log(`${onlyCheck ? 'stale' : 'written'}: docs/${name}`)
}
if (onlyCheck && stale > 0) process.exit(1)

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
