// QR codes as fields, lines, paths and pictures: each is read back, and says what was written.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pngOf } from '../../src/kit/png.ts'
import { QUIET, qrField, qrLines, qrPath } from '../../src/kit/qr.ts'
import { modulesIn, readPng } from './png-reader.ts'
import { readQr } from './qr-reader.ts'

const part = (length: number): string => Buffer.alloc(length, 'kF1xYw8S0m3bQpR7').toString('base64url')
/** As long as WhatsApp's, and shorter and longer ones. */
const TEXTS = ['2@a', `2@${part(40)}`, `2@${part(33)},${part(24)},${part(24)},1`, 'ü', `2@${part(140)},x`]

it('a picture of a code is read back as the text that it was made of', () => {
  for (const text of TEXTS) {
    for (const scale of [1, 3, 8]) {
      const picture = readPng(pngOf(qrField(text), { scale, border: QUIET }))
      const found = modulesIn(picture)
      assert.deepEqual([found.scale, found.border, picture.height], [scale, QUIET, picture.width])
      assert.equal(readQr(found.field), text)
    }
  }
})

it('lines of a terminal are read back, with colours and without', () => {
  const dark: Record<string, [boolean, boolean]> = {
    '█': [true, true],
    '▀': [true, false],
    '▄': [false, true],
    ' ': [false, false],
  }
  for (const text of TEXTS) {
    for (const isColoured of [true, false]) {
      const lines = qrLines(text, isColoured).split('\n')
      const rows = lines.flatMap((line) => {
        const blocks = [...(isColoured ? line.slice('\x1b[30;107m'.length, -'\x1b[0m'.length) : line)]
        const pairs = blocks.map((block) => dark[block]!.map((half) => half === isColoured))
        return [pairs.map(([upper]) => upper!), pairs.map(([, lower]) => lower!)]
      })
      const width = rows[0]!.length
      const field = rows.slice(2, width - 2).map((row) => row.slice(2, -2))
      assert.ok(
        rows.slice(0, 2).every((row) => !row.includes(true)),
        'a light border',
      )
      assert.equal(readQr(field), text)
    }
  }
})

it('a path covers exactly the dark modules', () => {
  const field = qrField('2@path')
  const covered = field.map((row) => row.map(() => false))
  for (const [, x, y] of qrPath(field).matchAll(/M(\d+) (\d+)h1v1h-1z/g)) covered[Number(y)]![Number(x)] = true
  assert.deepEqual(covered, field)
})
