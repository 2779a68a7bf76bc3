// The house: who may import whom, and that no path leads back. ARCHITECTURE.md says why.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ROOT, type SourceFile, sourceFiles } from './source.ts'

/** Each room, and what it may import besides itself. A name with `.ts` is that one file, else a whole room. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  model: ['kit'],
  contract: ['model'],
  store: ['model', 'kit'],
  transports: ['model', 'kit'],
  delivery: ['store/store.ts', 'model', 'kit'],
  gateway: [
    'store/store.ts',
    'transports/transport.ts',
    'delivery/engine.ts',
    'delivery/sink.ts',
    'contract/client.ts',
    'model',
    'kit',
  ],
  surfaces: ['contract', 'gateway/gateway.ts', 'model', 'kit'],
  'server.ts': ['surfaces', 'contract', 'gateway/gateway.ts', 'model', 'kit'],
  'config.ts': ['model'],
  'secret-key.ts': ['model', 'store/sealer.ts'],
  'data.ts': ['store', 'secret-key.ts', 'config.ts', 'model', 'kit'],
  'log.ts': ['kit'],
  'version.ts': [],
  'parts.ts': ['*'],
  'main.ts': ['*'],
  cli: ['main.ts', 'config.ts', 'log.ts', 'version.ts', 'contract', 'model', 'kit', 'simulator'],
}

/** Implementations that know nothing of each other. */
const STRANGERS = [
  ['src/transports/web/', 'src/transports/cloud/'],
  ['src/surfaces/native/', 'src/surfaces/onprem/'],
  ['src/store/sqlite/', 'src/store/memory/'],
] as const

const files = sourceFiles('src', 'simulator')

describe('the house', () => {
  it('has every import go to a room that its own may use', () => {
    const wrong = files.flatMap((file) =>
      file.imports.filter((target) => !mayImport(file.path, target)).map((target) => `${file.path} -> ${target}`),
    )
    assert.deepEqual(wrong, [])
  })

  it('has no circle of imports', () => {
    assert.equal(circleIn(files), null)
  })

  it('keeps implementations of one thing apart', () => {
    const wrong = files.flatMap((file) =>
      STRANGERS.flatMap(([one, other]) => [...crossing(file, one, other), ...crossing(file, other, one)]),
    )
    assert.deepEqual(wrong, [])
  })

  it('keeps node out of what a browser runs', () => {
    const wrong = files.filter(
      (file) => /^src\/(contract|model)\//.test(file.path) && file.packages.some((name) => name.startsWith('node:')),
    )
    assert.deepEqual(
      wrong.map((file) => file.path),
      [],
    )
  })

  it('has each room in ARCHITECTURE.md, in the table of who imports whom', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    for (const room of Object.keys(MAY_IMPORT))
      assert.match(text, new RegExp(`\\| \`${room.replace('.', '\\.')}\` \\|`), `${room} has no row`)
  })

  it('has a row of the table for every room that there is', () => {
    const rooms = new Set(files.filter((file) => file.path.startsWith('src/')).map((file) => roomOf(file.path)))
    assert.deepEqual(
      [...rooms].filter((room) => !(room in MAY_IMPORT)),
      [],
    )
  })
})

function roomOf(path: string): string {
  return path.startsWith('src/') ? (path.split('/')[1] ?? '') : (path.split('/')[0] ?? '')
}

function mayImport(from: string, target: string): boolean {
  const room = roomOf(from)
  if (room === roomOf(target)) return true
  if (room === 'simulator') return false
  const allowed = MAY_IMPORT[room] ?? []
  return allowed.includes('*') || allowed.includes(roomOf(target)) || allowed.includes(target.replace(/^src\//, ''))
}

function crossing(file: SourceFile, one: string, other: string): string[] {
  if (!file.path.startsWith(one)) return []
  return file.imports.filter((target) => target.startsWith(other)).map((target) => `${file.path} -> ${target}`)
}

/** The first circle found, as a path; null without one. */
function circleIn(all: readonly SourceFile[]): string | null {
  const imports = new Map(all.map((file) => [file.path, file.imports]))
  const done = new Set<string>()
  const visit = (path: string, above: readonly string[]): string | null => {
    if (above.includes(path)) return [...above.slice(above.indexOf(path)), path].join(' -> ')
    if (done.has(path)) return null
    for (const target of imports.get(path) ?? []) {
      const found = visit(target, [...above, path])
      if (found) return found
    }
    done.add(path)
    return null
  }
  for (const { path } of all) {
    const found = visit(path, [])
    if (found) return found
  }
  return null
}
