// `whatshooked doctor <account>`: what is amiss with an account of a running server, and what to do about it.
import { native } from '../contract/native/index.ts'
import type { Output } from '../contract/operation.ts'
import { type Command, commandsOf } from './operations/command.ts'
import { CommandFailure, callServer, EXIT, styleOf, typed } from './operations/run.ts'

type Examination = Output<typeof native.examineAccount>

const MARKS = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM', skipped: 'skipped' } as const

/** Exits 1 when something is a problem. `--mend` puts right what it can. Fails with CommandFailure. */
export async function doctor(words: readonly string[]): Promise<void> {
  const [account, ...rest] = words
  if (account === undefined || account.startsWith('-')) {
    throw new CommandFailure('whatshooked doctor <account> [--mend]: say which account', EXIT.usage)
  }
  const mend = rest.includes('--mend')
  const command = commandsOf(native).get(mend ? 'mend-account' : 'examine-account') as Command
  const { common, input } = typed(command, ['--id', account, ...rest.filter((word) => word !== '--mend')])
  const found = (await callServer(native, { command, common, input })) as Examination
  console.log(styleOf(common) === 'json' ? JSON.stringify(found, null, 2) : report(found))
  if (!found.ok) process.exitCode = 1
}

function report({ account_id, ok, findings }: Examination): string {
  const lines = findings.flatMap(({ check, result, says, fix }) => [
    `${MARKS[result]}  ${check.padEnd(13)} ${says}`,
    ...(fix === null ? [] : [`${' '.repeat(23)} -> ${fix}`]),
  ])
  return [...lines, '', ok ? `${account_id} is well.` : `${account_id} needs attention.`].join('\n')
}
