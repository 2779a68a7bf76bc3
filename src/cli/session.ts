// `whatshooked session export|import`: takes a linked phone from one server to another.
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { native } from '../contract/native/index.ts'
import type { Output } from '../contract/operation.ts'
import { repeatsItself } from '../model/repeating.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { commandsOf } from './operations/command.ts'
import { plain } from './operations/output.ts'
import { callServer, typed } from './operations/run.ts'

const LEAST_PASSWORD = 12

/** Fails with CommandFailure. */
export async function session(way: 'export' | 'import', words: readonly string[]): Promise<void> {
  const command = commandsOf(native).get(`${way}-session`)
  const { file, passwordFile, rest } = ownFlags(words)
  if (!command || rest.length === 0 || rest.every((word) => word.startsWith('--')))
    throw new CommandFailure(`Say which account: whatshooked session ${way} <account> [--file <name>]`, EXIT.usage)
  // Only this much is typed: what is secret comes from files and from the terminal, where no list of processes shows it.
  const flags = command.flags.filter(({ field }) => field === 'id')
  const { common, input } = typed({ ...command, name: `session ${way}`, flags }, rest)
  const text = way === 'import' ? read(file ?? '-').trim() : null
  // As it would be typed: all but the end of its line.
  const password = passwordFile === undefined ? await asked(way) : read(passwordFile).replace(/[\r\n]+$/, '')
  if (way === 'export') checkPassword(password)
  const whole = { ...input, password, ...(text !== null && { session: text }) }
  const answer = await callServer(native, command, { common, input: whole })
  if (way === 'export') handOver(answer as Output<typeof native.exportSession>, file)
  else console.log(plain(`${String(input.id)} has the session, and connects unless it is disabled.`))
}

/** The server would refuse it, too; said before anything is asked of it. */
function checkPassword(password: string): void {
  if (password.length < LEAST_PASSWORD)
    throw new CommandFailure(`The password needs at least ${LEAST_PASSWORD} characters`, EXIT.usage)
  if (repeatsItself(password))
    throw new CommandFailure('The password repeats itself, so it is easily guessed: take another', EXIT.usage)
}

function ownFlags(words: readonly string[]): { file?: string; passwordFile?: string; rest: string[] } {
  const found: { file?: string; passwordFile?: string; rest: string[] } = { rest: [] }
  for (let at = 0; at < words.length; at += 1) {
    const [name, inline] = (words[at] ?? '').split(/=(.*)/s)
    if (name !== '--file' && name !== '--password-file') {
      found.rest.push(words[at] ?? '')
      continue
    }
    const value = inline ?? words[++at]
    if (value === undefined) throw new CommandFailure(`${name} needs a value`, EXIT.usage)
    found[name === '--file' ? 'file' : 'passwordFile'] = value
  }
  return found
}

/** Only its owner may read the file, and none that is there already is written over. */
function handOver({ session, instructions }: Output<typeof native.exportSession>, file: string | undefined): void {
  try {
    if (file === undefined || file === '-') console.log(session)
    else writeFileSync(file, `${session}\n`, { mode: 0o600, flag: 'wx' })
  } catch (thrown) {
    // The account is disabled by now: the text must not be lost.
    console.log(session)
    throw new CommandFailure(`${file} cannot be written (${codeOf(thrown)}); the session is printed here`, EXIT.refused)
  } finally {
    console.error(plain(instructions))
  }
}

/** A file; `-` is stdin. */
function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (thrown) {
    throw new CommandFailure(`${file} cannot be read (${codeOf(thrown)})`, EXIT.usage)
  }
}

async function asked(way: 'export' | 'import'): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandFailure('Name a file with the password: --password-file <name>', EXIT.usage)
  const password = await typedUnseen('Password of the session: ')
  if (way === 'export' && (await typedUnseen('The same again: ')) !== password)
    throw new CommandFailure('These are two different passwords; nothing was done', EXIT.usage)
  return password
}

async function typedUnseen(question: string): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const closed = new Promise<never>((_, reject) => {
    terminal.once('close', () => reject(new CommandFailure('\nNothing was done.', EXIT.refused)))
  })
  const typed = await Promise.race([terminal.question(''), closed])
  terminal.removeAllListeners('close')
  terminal.close()
  process.stderr.write('\n')
  return typed
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
