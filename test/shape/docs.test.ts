// The pages made from the code say what the code says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { generatedPages } from '../../scripts/pages.ts'
import { ROOT } from './source.ts'

describe('docs/', () => {
  for (const [name, text] of Object.entries(generatedPages())) {
    it(`${name} is what the code makes of it (npm run docs)`, () => {
      assert.equal(readFileSync(join(ROOT, 'docs', name), 'utf8'), text)
    })
  }

  it('gives a line of why to every dependency, and to none that there is not', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >
    const used = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    const listed = [
      ...readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8').matchAll(/^\| `([^`]+)` \| ([^ ]+) \|/gm),
    ].map((row) => `${row[1]} ${row[2]}`)
    assert.deepEqual(listed.sort(), used.map(([name, version]) => `${name} ${version}`).sort())
  })
})
