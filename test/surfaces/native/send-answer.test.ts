// What hooks answer under `send`, read by the contract of the operations that it names.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSend } from '../../../src/surfaces/native/send-answer.ts'

const TO = { account_id: 'shop', to: '15550000001' }

test('an item is the same wish as the request of that operation', () => {
  assert.deepEqual(readSend('sendMessage', { ...TO, text: 'hi', reply_to: 'wamid.0' }), {
    wish: {
      account: 'shop',
      to: '15550000001',
      content: { kind: 'text', text: 'hi', previewUrl: false },
      replyTo: 'wamid.0',
    },
  })
})

test('a file in base64 comes beside the wish, decoded', () => {
  const read = readSend('sendImage', { ...TO, image_data: Buffer.from('PNG').toString('base64'), caption: 'c' })
  assert.ok('wish' in read)
  assert.equal(Buffer.from(read.bytes ?? []).toString(), 'PNG')
  const { media, mimeType } = Object(read.wish.content)
  assert.deepEqual({ from: media.from, size: media.size, mimeType }, { from: 'file', size: 3, mimeType: 'image/jpeg' })
  assert.match(media.sha256, /^[0-9a-f]{64}$/)
  const link = readSend('sendImage', { ...TO, image_url: 'https://example.com/a.png' })
  assert.ok('wish' in link && link.bytes === undefined)
})

test('what is wrong with an item is said as the API would say it', () => {
  const problemOf = (operation: string, body: unknown): string => {
    const read = readSend(operation, body)
    return 'problem' in read ? read.problem : ''
  }
  assert.equal(problemOf('sendMessage', { ...TO }), 'text: is required')
  assert.equal(problemOf('sendMessage', { ...TO, text: 'x', nonsense: 1 }), 'nonsense: is an unknown field')
  assert.match(problemOf('sendImage', TO), /exactly one of image_data, image_url and media_id/)
  assert.match(problemOf('sendImage', { ...TO, image_data: '%%%' }), /^image_data: is not base64/)
  assert.match(problemOf('sendImage', { ...TO, image_data: '' }), /^image_data: must not be empty/)
  for (const body of [null, 'hello', 17, []])
    assert.match(problemOf('sendMessage', body), /^the body: must be an object/)
})

test('only operations that send can be asked for', () => {
  for (const operation of ['removeAccount', 'markAsRead', 'toString', '__proto__', '']) {
    const read = readSend(operation, TO)
    assert.ok('problem' in read, operation)
    assert.match(read.problem, /^operation: must be one of sendMessage, /)
  }
})
