// Runs an operation of a server from the command line.
import { createInterface } from 'node:readline/promises'
import { serverToCall } from '../../config.ts'
import { createClient } from '../../contract/client.ts'
import type { Contract } from '../../contract/operation.ts'
import { Failure } from '../../model/failure.ts'
import type { Command } from './command.ts'
import { helpOf } from './help.ts'
import { type Common, readInput } from './input.ts'
import { type Style, shown } from './output.ts'

/** By sysexits.h: 64 usage, 69 not reached, 75 try again later, 77 no permission; 1 for what the server refused. */
export const EXIT = { refused: 1, usage: 64, notReached: 69, later: 75, noPermission: 77 } as const

/** A failure of a command, and the code that it exits with. */
export class CommandFailure extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Reads the words, calls the server, prints the answer and answers it. Fails with CommandFailure. */
export async function runOperation(contract: Contract, command: Command, words: readonly string[]): Promise<unknown> {
  const { common, input } = typed(command, words)
  if (common.help !== undefined) {
    console.log(helpOf(command))
    return undefined
  }
  if (command.operation.effect === 'destructive' && common.yes === undefined) await askFirst(command)
  const answer = await callServer(contract, { command, common, input })
  console.log(shown(answer, styleOf(common)))
  return answer
}

/** Calls the operation on the server that flags or environment name. Fails with CommandFailure. */
export async function callServer(
  contract: Contract,
  { command, common, input }: { command: Command; common: Common; input: Record<string, unknown> },
): Promise<unknown> {
  const usual = serverToCall()
  const baseUrl = common.url ?? usual.url
  const key = common.key ?? usual.key
  const call = createClient(contract, { baseUrl, ...(key && { key }) })[command.operationId] as (
    input: unknown,
    options: object,
  ) => Promise<unknown>
  const idempotencyKey = common['idempotency-key']
  try {
    return await call(input, idempotencyKey === undefined ? {} : { idempotencyKey })
  } catch (thrown) {
    throw failed(thrown, baseUrl)
  }
}

export function typed(command: Command, words: readonly string[]): ReturnType<typeof readInput> {
  try {
    return readInput(command, words)
  } catch (thrown) {
    throw new CommandFailure(Failure.from(thrown).message, EXIT.usage)
  }
}

export function styleOf({ output }: Common): Style {
  if (output === undefined) return process.stdout.isTTY ? 'table' : 'json'
  if (output === 'json' || output === 'table') return output
  throw new CommandFailure('--output takes json or table', EXIT.usage)
}

async function askFirst({ name, operation }: Command): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(`${name} deletes something: add --yes to say that you mean it`, EXIT.usage)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${operation.summary}. Sure? [y/N] `).finally(() => terminal.close())
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure('Nothing was done.', EXIT.refused)
}

function failed(thrown: unknown, baseUrl: string): CommandFailure {
  if (!(thrown instanceof Failure)) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? ` (${thrown.cause.message})` : ''
    return new CommandFailure(`No server answers at ${baseUrl}${cause}; start one, or set --url`, EXIT.notReached)
  }
  const status = Number(thrown.facts.status)
  const hint = status === 401 ? ' Set WHATSHOOKED_API_KEY, or --key.' : ''
  const exitCode =
    status === 401 || status === 403 ? EXIT.noPermission : status === 429 || status === 503 ? EXIT.later : EXIT.refused
  return new CommandFailure(`${thrown.message}${hint}`, exitCode)
}
