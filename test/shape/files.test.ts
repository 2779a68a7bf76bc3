// What every file of ours must be: small, captioned, named by what it holds, and free of what is kept elsewhere.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { ROOT, sourceFiles } from './source.ts'

const MOST_LINES = 400
const MOST_LINES_CONTRACT = 500
const MOST_FILES_A_FOLDER = 24
const VAGUE = /^(utils?|helpers?|common|types?|misc|shared|lib|interfaces?)\.tsx?$/
const BANNED_WORDS = /(Manager|Helper|Util|Impl|Abstract[A-Z]|^I[A-Z][a-z])/

const product = sourceFiles('src', 'simulator')
const all = [...product, ...sourceFiles('test', 'bench', 'scripts')]

describe('every file', () => {
  it('keeps under its cap of lines', () => {
    const long = all.filter(
      (file) => file.lines > (file.path.startsWith('src/contract/') ? MOST_LINES_CONTRACT : MOST_LINES),
    )
    assert.deepEqual(
      long.map((file) => `${file.path}: ${file.lines}`),
      [],
    )
  })

  it('begins with a sentence that says what it is for', () => {
    const mute = all.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(file.text))
    assert.deepEqual(
      mute.map((file) => file.path),
      [],
    )
  })

  it('is named by what it holds', () => {
    assert.deepEqual(
      all
        .map((file) => file.path)
        .filter((path) => VAGUE.test(basename(path)) || !/^[a-z0-9.-]+$/.test(basename(path))),
      [],
    )
  })

  it('re-exports nothing wholesale', () => {
    assert.deepEqual(
      all.filter((file) => /^export \* /m.test(file.text)).map((file) => file.path),
      [],
    )
  })

  it('declares nothing under a name that says nothing', () => {
    const declared = product.flatMap((file) =>
      [...file.text.matchAll(/\b(?:class|interface|type) (\w+)/g)].map((found) => ({
        path: file.path,
        name: found[1] ?? '',
      })),
    )
    assert.deepEqual(
      declared.filter(({ name }) => BANNED_WORDS.test(name)),
      [],
    )
  })

  it('leaves no `any` and no silenced compiler behind', () => {
    assert.deepEqual(
      all
        .filter((file) => /@ts-(ignore|nocheck)|\bas any\s*[;,)\].>[]/.test(file.text))
        .map((file) => file.path)
        .filter((path) => !path.startsWith('test/shape/')),
      [],
    )
  })
})

describe('the product', () => {
  it('asks the machine for the time in one place', () => {
    const asking = product.filter((file) => file.path.startsWith('src/') && /\bDate\.now\(\)/.test(file.text))
    assert.deepEqual(
      asking.map((file) => file.path),
      ['src/kit/clock.ts'],
    )
  })

  it('reads the environment in one place', () => {
    const reading = product
      .filter((file) => file.path.startsWith('src/') && /process\.env\b/.test(file.text))
      .map((file) => file.path)
    assert.deepEqual(
      reading.filter((path) => path !== 'src/config.ts' && path !== 'src/cli/main.ts'),
      [],
    )
  })

  it('imports the WhatsApp Web library in one place', () => {
    const library = /^(baileys|libsignal|whatsapp-rust-bridge)(\/|$)/
    const door = 'src/transports/web/socket.ts'
    const behind = 'src/transports/web/socket/'
    const inRoom = (path: string) => path === door || path.startsWith(behind)
    const ours = product.filter((file) => file.path.startsWith('src/') && !inRoom(file.path))
    const importing = ours.filter(
      (file) =>
        file.packages.some((name) => library.test(name)) || file.imports.some((target) => target.startsWith(behind)),
    )
    assert.deepEqual(
      importing.map((file) => file.path),
      [],
    )
  })

  it('has no folder that one cannot take in at a glance', () => {
    const folders = new Set(product.map((file) => file.path.slice(0, file.path.lastIndexOf('/'))))
    const crowded = [...folders].filter(
      (folder) => readdirSync(join(ROOT, folder)).filter((name) => /\.tsx?$/.test(name)).length > MOST_FILES_A_FOLDER,
    )
    assert.deepEqual(crowded, [])
  })
})
