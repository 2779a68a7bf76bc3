// `whatshooked doctor <account>`: what is amiss with an account of a running server, and what to do about it.
import { native } from '../contract/native/index.ts'
import type { Output } from '../contract/operation.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { commandsOf } from './operations/command.ts'
import { jsonOf, plain } from './operations/output.ts'
import { callServer, styleOf, typed } from './operations/run.ts'

type Examination = Output<typeof native.examineAccount>

const MARKS = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM', skipped: 'skipped' } as const

/** Exits 1 when something is a problem. `--mend` puts right what it can. Fails with CommandFailure. */
export async function doctor(words: readonly string[]): Promise<void> {
  const mend = words.includes('--mend')
  const rest = words.filter((word) => word !== '--mend')
  const command = commandsOf(native).get(mend ? 'mend-account' : 'examine-account')
  if (!command || rest.length === 0 || rest.every((word) => word.startsWith('--')))
    throw new CommandFailure('Say which account: whatshooked doctor <account> [--mend]', EXIT.usage)
  const { common, input } = typed({ ...command, name: 'doctor' }, rest)
  const style = styleOf(common)
  const found = (await callServer(native, command, { common, input })) as Examination
  console.log(style === 'json' ? jsonOf(found) : report(found))
  if (!found.ok) process.exitCode = 1
}

function report({ account_id, ok, findings }: Examination): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, result, says, fix }) => [
    `${MARKS[result]}  ${check.padEnd(width)}  ${says}`,
    ...(fix === null || says.includes(fix) ? [] : [`${' '.repeat(width + 11)}-> ${fix}`]),
  ])
  return [...lines.map(plain), '', ok ? `${account_id} is well.` : `${account_id} needs attention.`].join('\n')
}
