// What the command line says of itself: help, suggestions, completion.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nearest } from '../../src/cli/nearest.ts'
import { commandsOf, dashed } from '../../src/cli/operations/command.ts'
import { completionFor } from '../../src/cli/operations/completion.ts'
import { commandList, helpOf } from '../../src/cli/operations/help.ts'
import { readInput } from '../../src/cli/operations/input.ts'
import { groupOf, OWN, ownHelp, usage } from '../../src/cli/usage.ts'
import { native } from '../../src/contract/native/index.ts'

const commands = [...commandsOf(native).values()]
const THIS_FILE = fileURLToPath(import.meta.url)
/** Usage lines are to be copied, and stay on one line. */
const tooLong = (text: string): string[] =>
  text.split('\n').filter((line) => line.length > 110 && !line.startsWith('whatshooked '))

describe('the help', () => {
  it('of each command names every flag, within the width of a terminal', () => {
    for (const command of commands) {
      const help = helpOf(command)
      assert.deepEqual(tooLong(help), [], command.name)
      const lines = help.split('\n').map((line) => line.trim().replace('[no-]', ''))
      for (const flag of command.flags)
        assert.ok(
          lines.some((line) => line.split(' ')[0] === dashed(flag)),
          `${command.name} ${dashed(flag)}`,
        )
    }
  })

  it('lists the fields of objects, and says what is needed', () => {
    const help = helpOf(commands.find(({ name }) => name === 'add-account') as (typeof commands)[number])
    assert.match(help, /^whatshooked add-account <id> \[flags\]$/m)
    assert.match(help, /^ {2}--business-api\.access-token <text>\n +Required with it\.$/m)
    const image = helpOf(commands.find(({ name }) => name === 'send-image') as (typeof commands)[number])
    assert.match(image, /--account <text> --to <text> \(--image <file> \| --image-url <text> \| --media-id <text>\)/)
    assert.doesNotMatch(image, /--yes/)
    assert.match(image, /--idempotency-key/)
  })

  it('lists each command under its tag', () => {
    const list = commandList(commands)
    for (const { name } of commands) assert.match(list, new RegExp(`^ {2}${name} `, 'm'))
    assert.match(list, /^Send$/m)
  })

  it('of the program, and of its own commands, is there and fits', () => {
    assert.deepEqual(tooLong(usage()), [])
    for (const name of Object.keys(OWN)) {
      assert.match(ownHelp(name) ?? '', new RegExp(`^whatshooked ${name}`))
      assert.deepEqual(tooLong(ownHelp(name) ?? ''), [], name)
    }
    assert.deepEqual(groupOf('keys'), ['keys list', 'keys add', 'keys remove'])
    assert.equal(ownHelp('nothing'), null)
  })
})

describe('the examples', () => {
  it('of the help and of docs/cli.md are understood', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/cli.md', import.meta.url)), 'utf8')
    const lines = `${usage()}\n${page.replaceAll('\\\n', ' ')}`.match(/^ *whatshooked .*/gm) ?? []
    const understood = lines.filter((line) => {
      // Any file will do where one is named.
      const words = [...line.trim().matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) =>
        (quoted ?? word).replace(/[a-z]+\.(jpg|pdf|txt)$/, THIS_FILE),
      )
      const command = commands.find(({ name }) => name === words[1])
      if (!command) return false
      const end = words.indexOf('|')
      readInput(command, words.slice(2, end < 0 ? undefined : end))
      return true
    })
    assert.ok(understood.length >= 12)
  })
})

describe('who mistypes', () => {
  const names = [...Object.keys(OWN), ...commands.map(({ name }) => name)]

  it('is told the nearest name', () => {
    assert.deepEqual(nearest('sevre', names), ['serve'])
    assert.equal(nearest('send-mesage', names)[0], 'send-message')
    assert.equal(nearest('get-hok', names)[0], 'get-hook')
    assert.equal(nearest('keys lst', names)[0], 'keys list')
  })

  it('is told the names that hold all of the words', () => {
    assert.deepEqual(nearest('hooks list', names), ['list-hooks'])
    assert.deepEqual(nearest('account add', names), ['add-account'])
    assert.deepEqual(nearest('xyzzy', names), [])
  })
})

describe('completion', () => {
  const others = Object.entries(OWN).map(([name, { flags = () => [] }]) => ({ name, flags: flags() }))

  /** What bash would offer behind each of these lines. */
  function offered(lines: readonly string[][]): string[][] {
    const folder = mkdtempSync(join(tmpdir(), 'whatshooked-completion-'))
    try {
      const script = join(folder, 'completion')
      writeFileSync(script, completionFor('bash', commands, others))
      const asks = lines.map(
        (words) =>
          `COMP_WORDS=(whatshooked ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _whatshooked; echo "\${COMPREPLY[*]}"`,
      )
      const out = execFileSync('bash', ['-euc', `source '${script}'\n${asks.join('\n')}`], { encoding: 'utf8' })
      return out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ').filter(Boolean))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it('of bash offers commands, their second words, flags, and the words that a flag takes', () => {
    const [first, second, spoken, flags, words, output, shells, settings, last] = offered([
      ['send-me'],
      ['keys', ''],
      ['keys', 'remove', '--y'],
      ['send-message', '--te'],
      ['add-hook', '--order', ''],
      ['list-hooks', '--output', 't'],
      ['completion', ''],
      ['serve', '--log'],
      ['simulator', 'meta', '--call'],
    ])
    assert.deepEqual(first, ['send-message'])
    assert.deepEqual(second, ['list', 'add', 'remove'])
    assert.deepEqual(spoken, ['--yes'])
    assert.deepEqual(flags, ['--text'])
    assert.deepEqual(words, ['chat', 'strict', 'none'])
    assert.deepEqual(output, ['table'])
    assert.deepEqual(shells, ['bash', 'zsh', 'fish'])
    assert.deepEqual(settings, ['--log-level'])
    assert.deepEqual(last, ['--callback'])
  })

  it('leaves the value of a flag to the files where it knows none', () => {
    assert.deepEqual(
      offered([
        ['send-image', '--image', 'pho'],
        ['list-hooks', '--'],
      ])[0],
      [],
    )
  })

  it('of zsh and fish knows every command', () => {
    for (const shell of ['zsh', 'fish'] as const) {
      const script = completionFor(shell, commands, others)
      for (const { name } of commands) assert.match(script, new RegExp(`\\b${name}\\b`), `${shell} ${name}`)
    }
    assert.match(completionFor('zsh', commands, others), /^#compdef whatshooked\n/)
    assert.match(completionFor('fish', commands, others), /-l output -x -a "json table"/)
  })
})
