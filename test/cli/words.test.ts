// How the words of a command become the input of its operation.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Command, commandsOf, shortOf } from '../../src/cli/operations/command.ts'
import { COMMON, readInput } from '../../src/cli/operations/input.ts'
import { native } from '../../src/contract/native/index.ts'
import { Failure } from '../../src/model/failure.ts'

const commands = commandsOf(native)
const folder = mkdtempSync(join(tmpdir(), 'whatshooked-words-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function command(name: string): Command {
  const found = commands.get(name)
  assert.ok(found, `there is no command ${name}`)
  return found
}

function input(name: string, ...words: string[]): Record<string, unknown> {
  return readInput(command(name), words).input
}

function refuses(name: string, words: string[], sentence: RegExp): void {
  assert.throws(
    () => readInput(command(name), words),
    (thrown: unknown) => thrown instanceof Failure && thrown.code === 'invalid' && sentence.test(thrown.message),
    `${name} ${words.join(' ')}`,
  )
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const TO = ['--account', 'shop', '--to', '+15550001111']
const HOOK = ['mine', '--name', 'Mine', '--url', 'http://127.0.0.1:9000/', '--active']

describe('the commands', () => {
  it('are one for each operation', () => {
    assert.deepEqual(
      [...commands.values()].map(({ operationId }) => operationId),
      Object.keys(native),
    )
  })

  it('call no two things by one flag, and none as what every command takes', () => {
    for (const { name, flags } of commands.values()) {
      const names = flags.flatMap((flag) => [...new Set([flag.name, shortOf(flag) ?? flag.name])])
      const all = [...names, ...Object.keys(COMMON)]
      assert.deepEqual([...new Set(all)], all, name)
    }
  })

  it('can all be given their input as one JSON object', () => {
    for (const { name, flags } of commands.values()) {
      if (flags.length === 0) continue
      refuses(name, ['--input', file('list.json', '[]')], /--input takes a JSON object/)
    }
  })
})

describe('a flag', () => {
  it('sets the field of its name, or of its shorter name', () => {
    const whole = { account_id: 'shop', to: '+15550001111', text: 'hello' }
    assert.deepEqual(input('send-message', ...TO, '--text', 'hello'), whole)
    assert.deepEqual(input('send-message', '--account-id=shop', '--to=+15550001111', '--text=hello'), whole)
  })

  it('may be left out for the id of what the command is about', () => {
    assert.deepEqual(input('get-hook', 'mine'), { id: 'mine' })
    assert.deepEqual(input('remove-key', '--id', 'key_1'), { id: 'key_1' })
    refuses('list-accounts', ['shop'], /"shop" is not understood/)
  })

  it('is a number, true, false or null where its field is', () => {
    assert.deepEqual(input('list-deliveries', '--limit', '5'), { limit: 5 })
    assert.deepEqual(input('send-location', ...TO, '--latitude', '-33.9', '--longitude', '18.4').latitude, -33.9)
    assert.deepEqual(input('update-hook', 'mine', '--active'), { id: 'mine', active: true })
    assert.deepEqual(input('update-hook', 'mine', '--active', 'false'), { id: 'mine', active: false })
    assert.deepEqual(input('update-hook', 'mine', '--no-active'), { id: 'mine', active: false })
    assert.deepEqual(input('update-hook', 'mine', '--retry', 'null'), { id: 'mine', retry: null })
    assert.equal(input('send-message', ...TO, '--text', 'null').text, 'null')
    refuses('list-deliveries', ['--limit', 'many'], /--limit takes a number/)
    refuses('update-hook', ['mine', '--active=perhaps'], /--active takes true or false/)
  })

  it('is a list with commas, by repetition, or as JSON; empty it is the empty list', () => {
    assert.deepEqual(input('update-hook', 'mine', '--events', 'a,b', '--events', 'c').events, ['a', 'b', 'c'])
    assert.deepEqual(input('update-hook', 'mine', '--events', '["a,b"]').events, ['a,b'])
    assert.deepEqual(input('update-hook', 'mine', '--events', '').events, [])
    refuses('update-hook', ['mine', '--events', '["a"'], /--events takes JSON/)
  })

  it('is one object of a list of objects, or the whole list', () => {
    const card = { name: { formatted_name: 'Ada' } }
    const json = JSON.stringify(card)
    assert.deepEqual(input('send-contacts', ...TO, '--contacts', json, '--contacts', json).contacts, [card, card])
    assert.deepEqual(input('send-contacts', ...TO, '--contacts', `[${json}]`).contacts, [card])
  })

  it('sets a field of an object behind a dot, with the names that callers chose as they are', () => {
    const words = [
      '--retry.delays',
      '5,30',
      '--retry.give-up-after',
      '60',
      '--headers.X-One',
      '2',
      '--headers.a_b',
      'c',
    ]
    const { retry, headers } = input('add-hook', ...HOOK, ...words)
    assert.deepEqual(retry, { delays: [5, 30], give_up_after: 60 })
    assert.deepEqual(headers, { 'X-One': '2', a_b: 'c' })
    const template = [
      '--template.name',
      'hi',
      '--template.language.code',
      'en',
      '--template.components',
      '[{"type":"BODY"}]',
    ]
    assert.deepEqual(input('send-template', ...TO, ...template).template, {
      name: 'hi',
      language: { code: 'en' },
      components: [{ type: 'BODY' }],
    })
  })

  it('sets an object as JSON, and its fields over that', () => {
    const json = '{"phone_number_id":"1","access_token":"old"}'
    const words = ['--business-api', json, '--business-api.access-token', 'new']
    assert.deepEqual(input('add-account', 'shop', ...words).business_api, { phone_number_id: '1', access_token: 'new' })
    refuses('add-account', ['shop', '--business-api', '"1"'], /--business-api takes a JSON object/)
  })

  it('may be given twice only for a list', () => {
    refuses('send-message', [...TO, '--to', '+15550002222', '--text', 'x'], /--to is given twice/)
    refuses('send-message', [...TO, '--account-id', 'other', '--text', 'x'], /--account-id is given twice/)
  })

  it('takes no other flag for its value', () => {
    refuses('send-message', ['--account', '--to', '1'], /--account needs a value/)
    refuses('send-message', [...TO, '--text'], /--text needs a value/)
    assert.equal(input('send-message', ...TO, '--text=--help me').text, '--help me')
    assert.equal(input('send-message', ...TO, '--text', '- milk').text, '- milk')
  })
})

describe('a file', () => {
  const bytes = Buffer.from([0xff, 0xd8, 0xff, 0, 10])

  it('is sent in base64, with its type and name', () => {
    const photo = file('photo.PNG', bytes)
    const { image_data, mime_type } = input('send-image', ...TO, '--image', photo)
    assert.deepEqual({ image_data, mime_type }, { image_data: bytes.toString('base64'), mime_type: 'image/png' })
    assert.equal('filename' in input('send-image', ...TO, '--image', photo), false)
    assert.equal(input('send-document', ...TO, '--document', `@${file('a b.pdf', 'x')}`).filename, 'a b.pdf')
  })

  it('has the type and the name that are said, wherever they are said', () => {
    const said = ['--mime-type', 'text/x-log', '--filename', 'log.txt']
    const document = ['--document', file('b.pdf', 'x')]
    for (const words of [
      [...said, ...document],
      [...document, ...said],
    ]) {
      const { mime_type, filename } = input('send-document', ...TO, ...words)
      assert.deepEqual({ mime_type, filename }, { mime_type: 'text/x-log', filename: 'log.txt' })
    }
  })

  it('is a part of a form where the operation takes one', async () => {
    const part = input('upload-media', '--account', 'shop', '--file', file('c.webp', bytes)).file
    assert.ok(part instanceof File)
    assert.deepEqual([part.name, part.type], ['c.webp', 'image/webp'])
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes)
  })

  it('gives a text behind @, without the line break at its end; @@ begins a text with @', () => {
    const path = file('message.txt', 'one\ntwo\n')
    assert.equal(input('send-message', ...TO, '--text', `@${path}`).text, 'one\ntwo')
    assert.equal(input('send-message', ...TO, '--text', '@@ada hi').text, '@ada hi')
    refuses('send-message', [...TO, '--text', '@ada hi'], /There is no file "ada hi"; .* two: --text @@ada hi/)
  })

  it('holds the whole input behind --input, and flags go over it', () => {
    const path = file('hook.json', JSON.stringify({ id: 'mine', events: ['a'], description: 'old' }))
    const words = ['--input', path, '--events', 'b', '--description', 'new']
    assert.deepEqual(input('update-hook', ...words), { id: 'mine', events: ['b'], description: 'new' })
    refuses('update-hook', ['--input', join(folder, 'absent.json')], /There is no file ".*absent\.json"/)
    refuses('update-hook', ['--input', folder], /cannot be read \(EISDIR\)/)
  })
})

describe('wrong words', () => {
  it('that leave out what is needed are told all of it', () => {
    refuses('send-message', [], /^send-message needs --account, --to and --text;/)
    refuses('get-hook', [], /^get-hook needs <id>;/)
    refuses('add-hook', [...HOOK, '--retry.delays', '5'], /^add-hook needs --retry\.give-up-after;/)
    refuses('add-account', ['shop', '--business-api.phone-number-id', '1'], /needs --business-api\.access-token;/)
  })

  it('name one file in exactly one way', () => {
    refuses('send-image', TO, /needs one of --image, --image-url or --media-id/)
    refuses(
      'send-image',
      [...TO, '--media-id', '5', '--image-url', 'http://x.test/'],
      /--image-url and --media-id do not go together/,
    )
  })

  it('are told the nearest flag, field or word', () => {
    refuses('send-message', ['--txt', 'x'], /--txt is no flag of send-message; did you mean --text\?/)
    refuses('send-message', ['--servre', 'x'], /did you mean --server\?/)
    refuses('send-message', ['--zzzzzz', 'x'], /--help lists them/)
    refuses('add-hook', [...HOOK, '--retry.delay', '5'], /there is no field "delay"; did you mean delays\?/)
    refuses('add-hook', [...HOOK, '--name.first', '5'], /there is no field "first"/)
    refuses(
      'add-hook',
      [...HOOK, '--order', 'strikt'],
      /takes chat, strict or none, not "strikt"; did you mean strict\?/,
    )
    refuses('send-message', ['-t', 'x'], /flags begin with two dashes/)
  })

  it('promise nothing that the command does not do', () => {
    refuses('list-hooks', ['--idempotency-key', 'x'], /list-hooks has no use for --idempotency-key/)
    assert.equal(
      readInput(command('send-message'), [...TO, '--text', 'x', '--idempotency-key', 'k']).common['idempotency-key'],
      'k',
    )
  })
})
