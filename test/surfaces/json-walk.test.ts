// JSON with files in it, taken apart as it comes: whatever its chunks, it is as if all of it had been parsed at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createJsonWalk } from '../../src/surfaces/body/json-walk.ts'
import { readJson } from '../../src/surfaces/json.ts'

interface Walked {
  readonly value: unknown
  readonly files: Record<string, string>
  readonly mimeTypes: Record<string, string | null>
}

const FIELDS = ['image_data', 'ärger"\n']

/** Walks bytes that are cut at these places; files as hex. */
function walk(bytes: Uint8Array, cuts: readonly number[] = [], limit = 1024 * 1024): Walked {
  const json = createJsonWalk(FIELDS, limit)
  const files = new Map<string, string>()
  const mimeTypes = new Map<string, string | null>()
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  for (const [at, start] of places.entries()) {
    for (const { field, bytes: part, ended } of json.push(bytes.subarray(start, places[at + 1]))) {
      assert.ok(!mimeTypes.has(field), 'nothing comes behind the end')
      files.set(field, (files.get(field) ?? '') + Buffer.from(part ?? []).toString('hex'))
      if (ended) mimeTypes.set(field, ended.mimeType)
    }
  }
  const value = readJson(json.rest())
  assert.deepEqual([...files.keys()], [...mimeTypes.keys()])
  return { value, files: Object.fromEntries(files), mimeTypes: Object.fromEntries(mimeTypes) }
}

const outcome = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (thrown) {
    return Object(thrown).message
  }
}

/** Text of JSON in which any character may be written as an escape. */
const escapedText = (text: string, choices: readonly number[]): string =>
  `"${[...text]
    .map((letter, at) => {
      const plain = JSON.stringify(letter).slice(1, -1)
      const choice = choices.length === 0 ? 0 : (choices[at % choices.length] ?? 0)
      if (choice === 1 && letter === '/') return '\\/'
      if (choice !== 2 || letter.length > 1) return plain
      const code = letter.charCodeAt(0).toString(16).padStart(4, '0')
      return `\\u${at % 2 ? code : code.toUpperCase()}`
    })
    .join('')}"`

const choices = fc.array(fc.constantFrom(0, 0, 0, 1, 2), { maxLength: 9 })
const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ')
const cuts = fc.array(fc.nat(), { maxLength: 30 })
/** Base64 as clients write it: either alphabet, padded or not, alone or as a data URL. */
const base64 = fc
  .record({ bytes: fc.uint8Array({ maxLength: 80 }), url: fc.boolean(), pad: fc.boolean(), head: fc.boolean() })
  .map(({ bytes, url, pad, head }) => {
    const standard = Buffer.from(bytes).toString('base64')
    const lettered = url ? standard.replaceAll('+', '-').replaceAll('/', '_') : standard
    const text = pad ? lettered : lettered.replace(/=+$/, '')
    return { text: head ? `data:image/png;base64,${text}` : text, hex: Buffer.from(bytes).toString('hex'), head }
  })
const other = fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.jsonValue({ maxDepth: 3 }))

test('any document at any chunk borders gives the same values and the same bytes', () => {
  const file = fc.tuple(fc.constantFrom(...FIELDS), base64)
  const documents = fc.record({
    files: fc.uniqueArray(file, { selector: ([name]) => name, maxLength: 2 }),
    others: fc.uniqueArray(other, { selector: ([name]) => name, maxLength: 5 }),
    ...{ choices, space, cuts, order: fc.infiniteStream(fc.nat()) },
  })
  fc.assert(
    fc.property(documents, ({ files, others, choices: chosen, space: gap, cuts: places, order }) => {
      const known = others.filter(([name]) => !FIELDS.includes(name) && name !== '__proto__')
      const fields: (readonly [string, string])[] = [
        ...files.map(([name, { text }]) => [name, escapedText(text, chosen)] as const),
        ...known.map(([name, value]) => [name, JSON.stringify(value)] as const),
      ]
      const written = fields
        .map((field) => ({ field, at: order.next().value ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ field: [name, text] }) => `${gap}${escapedText(name, chosen)}${gap}:${gap}${text}${gap}`)
      const bytes = Buffer.from(`${gap}{${written.join(',')}}${gap}`)
      const whole = outcome(() => Object(readJson(bytes)))
      const walked = outcome(() => walk(bytes, places))
      if (typeof whole === 'string') return assert.equal(walked, whole)
      const value = { ...Object(whole), ...Object.fromEntries(files.map(([name]) => [name, ''])) }
      assert.deepEqual(walked, {
        value,
        files: Object.fromEntries(files.map(([name, { hex }]) => [name, hex])),
        mimeTypes: Object.fromEntries(files.map(([name, { head }]) => [name, head ? 'image/png' : null])),
      })
    }),
    { numRuns: 400 },
  )
})

test('no text that is wrong as a whole is right in pieces, and none the other way round', () => {
  const pieces = fc.array(
    fc.constantFrom(
      ...'{}[]:,"\\/u0 \n',
      '"image_data"',
      ':"QUJD"',
      '"\\u0069mage_data"',
      'true',
      '1',
      '"a"',
      '\u0001',
    ),
    { maxLength: 14 },
  )
  fc.assert(
    fc.property(pieces, cuts, (parts, places) => {
      const text = parts.join('')
      const walked = outcome(() => walk(Buffer.from(text), places).value)
      assert.equal(typeof walked === 'string', typeof outcome(() => walk(Buffer.from(text)).value) === 'string')
      // Duplicates and wrong base64 are refused beyond what JSON itself refuses.
      if (/only once|base64/.test(String(walked))) return
      const whole = outcome(() => readJson(Buffer.from(text)))
      if (typeof walked !== 'string' || typeof whole !== 'string') {
        const emptied =
          typeof whole === 'object' && whole !== null && typeof Reflect.get(whole, 'image_data') === 'string'
        assert.deepEqual(walked, emptied ? { ...whole, image_data: '' } : whole, text)
      }
    }),
    { numRuns: 3000 },
  )
})

test('what is not base64 is refused by its field, and nothing else is', () => {
  const of = (text: string) => outcome(() => walk(Buffer.from(`{"image_data":"${text}"}`)).files.image_data)
  for (const [text, hex] of [
    ...[
      ['QQ==', '41'],
      ['QQ', '41'],
      ['QUI=', '4142'],
      ['QUI', '4142'],
      ['QUJD', '414243'],
      ['', ''],
    ],
    ...[
      ['-_-_', 'fbffbf'],
      ['+/+/', 'fbffbf'],
      ['\\u002b\\/+/', 'fbffbf'],
      ['data', '75ab5a'],
      ['DATA', '0c04c0'],
    ],
    ...[
      ['data:;base64,QQ==', '41'],
      ['DATA:text/plain;charset=utf-8;BASE64,QQ', '41'],
      ['data:a/b;base64,', ''],
    ],
    ...[
      ['\\u0064ata:a\\/b;base64,QQ', '41'],
      ['d', undefined],
      ['da', '75'],
    ],
  ] as const) {
    assert.equal(of(text), hex ?? 'image_data: is not base64', text)
  }
  for (const text of [
    ...['Q', 'QQ=', 'QQ===', 'QUI==', 'QUJD=', '====', '=', 'Q=Q=', 'QQ==QQ==', 'QUJDR', 'QQ=='.repeat(2)],
    ...['QU JD', 'QU\\nJD', 'QU\\r\\nJD', 'QUJD\\n', 'QU\nJD', 'QU.D', 'QU\\u0000D', 'QU\\u1251D', 'QÜ', '\\"', '\\\\'],
    ...['data:', 'data:image/png', 'data:image/png,QQ==', 'data:image/png;base64', `data:${'x'.repeat(300)};base64,QQ`],
    ...[
      'data:a/b;base64,data:a/b;base64,QQ',
      'http://x/y',
      '\\uD83D\\uDE00',
      '\\u00zz',
      '\\x',
      'data:\u0001;base64,QQ',
    ],
  ]) {
    assert.equal(of(text), 'image_data: is not base64', text)
  }
})

test('only texts at the top level of an object are files', () => {
  const values = (text: string) => {
    const { value, files } = walk(Buffer.from(text))
    assert.deepEqual(files, {})
    assert.deepEqual(value, JSON.parse(text))
  }
  values('{"a":{"image_data":"no base64!"}}')
  values('[{"image_data":"no base64!"}]')
  values('["image_data","no base64!"]')
  values('{"a":"image_data","b":"no base64!"}')
  values('{"a":["image_data"],"b":"no base64!"}')
  for (const value of ['null', '5', 'true', '["no base64!"]', '{"image_data":"no base64!"}'])
    values(`{"image_data":${value}}`)
  values('{"image_data\\u0000":"no base64!","image_dat":"!","Image_data":"!"}')
  values(`{"${'x'.repeat(5000)}":"!"}`)
  values('"image_data"')
  values('{}')
})

test('a file that comes twice, a key that poisons and a rest that is too large are refused', () => {
  const message = (text: string, limit?: number) => outcome(() => walk(Buffer.from(text), [], limit))
  assert.equal(message('{"image_data":"QQ","image_data":"QQ"}'), 'image_data: must be given only once')
  assert.equal(message('{"image_data":"QQ","\\u0069mage_data":null}'), 'image_data: must be given only once')
  assert.match(String(message('{"__proto__":{"image_data":"QQ"}}')), /^__proto__: /)
  assert.match(
    String(message(`{"image_data":"${'QUJD'.repeat(500)}","a":"${'x'.repeat(80)}"}`, 100)),
    /larger than 100 bytes/,
  )
  const fits = walk(Buffer.from(`{"image_data":"${'QUJD'.repeat(500)}","a":"${'x'.repeat(60)}"}`), [], 100)
  assert.equal(fits.files.image_data?.length, 3000)
  for (const text of ['{"image_data":"QUJD', '{"image_data":"QQ"', '{"image_data"', '{"image_data":"QQ\\', ''])
    assert.equal(
      outcome(() => walk(Buffer.from(text)).value),
      'The body is not valid JSON',
      text,
    )
})
