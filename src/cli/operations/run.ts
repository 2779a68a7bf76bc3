// Runs an operation of a server from the command line.
import { createInterface } from 'node:readline/promises'
import { serverToCall } from '../../config.ts'
import { createClient } from '../../contract/client.ts'
import type { Contract } from '../../contract/operation.ts'
import { Failure } from '../../model/failure.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import type { Command } from './command.ts'
import { helpOf } from './help.ts'
import { type Common, readInput, type Typed } from './input.ts'
import { plain, STYLES, type Style, shown } from './output.ts'

/** Reads the words, calls the server, prints the answer. Fails with CommandFailure. */
export async function runOperation(contract: Contract, command: Command, words: readonly string[]): Promise<void> {
  if (asksHelp(words)) {
    console.log(helpOf(command))
    return
  }
  const { common, input } = typed(command, words)
  // Before the call: what cannot be shown must not have been done.
  const style = styleOf(common)
  if (command.operation.effect === 'destructive' && common.yes === undefined) await askFirst(command)
  const answer = await callServer(contract, command, { common, input })
  console.log(shown(answer, style, process.stdout.columns))
}

export function asksHelp(words: readonly string[]): boolean {
  return words.includes('--help') || words.includes('-h')
}

/** Calls the operation on the server that flags or environment name. Fails with CommandFailure. */
export async function callServer(contract: Contract, command: Command, { common, input }: Typed): Promise<unknown> {
  const usual = serverToCall()
  const baseUrl = common.server ?? usual.url
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) {
    const from = common.server === undefined ? 'WHATSHOOKED_URL' : '--server'
    throw new CommandFailure(`${from} takes an address such as http://127.0.0.1:8825, not "${baseUrl}"`, EXIT.usage)
  }
  const key = common.key ?? usual.key
  const call = createClient(contract, { baseUrl, ...(key && { key }) })[command.operationId] as (
    input: unknown,
    options: object,
  ) => Promise<unknown>
  const idempotencyKey = common['idempotency-key']
  try {
    return await call(input, idempotencyKey === undefined ? {} : { idempotencyKey })
  } catch (thrown) {
    throw thrown instanceof Failure ? refused(thrown, key !== undefined) : notReached(thrown, baseUrl)
  }
}

/** Fails with CommandFailure: the words are wrong. */
export function typed(command: Command, words: readonly string[]): Typed {
  try {
    return readInput(command, words)
  } catch (thrown) {
    throw new CommandFailure(Failure.from(thrown).message, EXIT.usage)
  }
}

export function styleOf({ output }: Common): Style {
  if (output === undefined) return process.stdout.isTTY ? 'table' : 'json'
  const style = STYLES.find((one) => one === output)
  if (style) return style
  throw new CommandFailure(`--output takes ${STYLES.join(' or ')}`, EXIT.usage)
}

async function askFirst({ name, operation }: Command): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(`${name} deletes something: add --yes to say that you mean it`, EXIT.usage)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl+C and Ctrl+D are an answer, too.
  const answer = await terminal.question(`${operation.summary}. Sure? [y/N] `).catch(() => '\n')
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new CommandFailure(`${answer === '\n' ? answer : ''}Nothing was done.`, EXIT.refused)
}

function notReached(thrown: unknown, baseUrl: string): CommandFailure {
  if (thrown instanceof SyntaxError)
    return new CommandFailure(`What answers at ${baseUrl} is no WhatsHooked server; set --server`, EXIT.notReached)
  const cause =
    thrown instanceof Error && thrown.cause instanceof Error ? (thrown.cause as NodeJS.ErrnoException) : null
  const why = cause ? ` (${cause.message || cause.code})` : ''
  return new CommandFailure(
    `No server answers at ${baseUrl}${why}; \`whatshooked serve\` starts one, --server names another`,
    EXIT.notReached,
  )
}

function refused(failure: Failure, withKey: boolean): CommandFailure {
  const { message, facts, retryAfterS } = failure
  const status = Number(facts.status)
  if (status === 401) {
    const says = withKey ? 'The server does not take this API key' : 'The server wants an API key'
    return new CommandFailure(`${says}: set WHATSHOOKED_API_KEY, or --key`, EXIT.noPermission)
  }
  const id = facts.message_id
  const sentence = [
    plain(message),
    typeof id === 'string' && !message.includes(id) && `(message ${plain(id)})`,
    retryAfterS !== undefined && `Try again in ${retryAfterS} s.`,
  ]
  const isLater = status === 429 || status === 503
  return new CommandFailure(
    sentence.filter(Boolean).join(' '),
    status === 403 ? EXIT.noPermission : isLater ? EXIT.later : EXIT.refused,
  )
}
