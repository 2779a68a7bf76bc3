// The OpenAPI document by itself: complete, valid, and free of what is ours alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Ajv2020 from 'ajv/dist/2020.js'
import { native } from '../../src/contract/native/index.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { nativeDocument } from '../../src/surfaces/native/index.ts'

const document = nativeDocument()

test('every operation of the contract, and every alias, is in the document once', () => {
  const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((said) => said.operationId))
  const aliases = Object.values(native).flatMap((said) => ('alias' in said ? [said.alias.operationId] : []))
  assert.deepEqual([...ids].sort(), [...Object.keys(native), ...aliases].sort())
})

test('every reference of the document leads somewhere, and every schema is one that a strict validator compiles', () => {
  const text = JSON.stringify(document)
  const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
  assert.ok(names.length > 0)
  for (const name of names) assert.ok(name && name in document.components.schemas, name)
  const ajv = new Ajv2020.default({ strict: true, strictTypes: false, validateFormats: false })
  ajv.addVocabulary(['components'])
  ajv.addSchema({ $id: 'doc:', components: document.components })
  for (const name of Object.keys(document.components.schemas)) {
    const pointed = JSON.stringify({ $ref: `doc:#/components/schemas/${name}` })
    assert.equal(typeof ajv.compile(JSON.parse(pointed)), 'function')
  }
})

test('our own keywords and component names do not leak into the document', () => {
  assert.doesNotMatch(JSON.stringify(document), /"(x-(must|file|told|secret)|\$id|~\w+)"/)
})

const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

test('every operation says which scope its key needs, and that a key without it is refused; open ones do not', () => {
  assert.ok(operations.length > 53)
  for (const said of operations) {
    const scope = /Needs a key with scope `(read|send|hooks|admin)`\.$/.exec(String(said.description ?? ''))
    const refused = '403' in Object(said.responses)
    assert.deepEqual([scope !== null, refused], said.security ? [false, false] : [true, true], String(said.operationId))
  }
})

test('what only reads needs no more than a key that may read, unless it is about keys or links a phone', () => {
  for (const [name, said] of Object.entries<Operation>(native)) {
    // Whoever sees the code can link a phone of theirs.
    if (name === 'getPairingQr') assert.equal(said.scope, 'admin')
    else if (said.effect === 'readonly' && said.tag !== 'Keys') assert.equal(said.scope, 'read', name)
    if (said.effect !== 'readonly') assert.notEqual(said.scope, 'read', name)
    if (said.effect === 'sends') assert.equal(said.scope, 'send', name)
  }
})

test('a file is told as base64 in JSON and as bytes in a form', () => {
  const image = Object(document.paths['/api/send/image']?.post?.requestBody).content['application/json'].schema
  assert.equal(image.properties.image_data.format, 'byte')
  assert.deepEqual(image.oneOf, [{ required: ['image_data'] }, { required: ['image_url'] }, { required: ['media_id'] }])
  const upload = Object(document.paths['/api/media/upload']?.post?.requestBody).content['multipart/form-data'].schema
  assert.deepEqual(upload.properties.file, { type: 'string', format: 'binary' })
})
