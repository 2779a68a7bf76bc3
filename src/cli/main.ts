// The command line: runs the server, the sandbox and the simulators, and calls a server's operations.
import { explainConfig, loadConfig } from '../config.ts'
import { native } from '../contract/native/index.ts'
import { Failure } from '../model/failure.ts'
import { VERSION } from '../version.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { readFlags } from './flags.ts'
import { type Command, commandsOf, SPOKEN } from './operations/command.ts'

const HELP = ['--help', '-h']
const VERSION_WORDS = ['--version', '-v', '-V']

// Each room only here: the server itself must not carry the rest about.
async function run(words: readonly string[]): Promise<void> {
  const [first = '', second = ''] = words
  if (!isServer(first)) endWithReader()
  if (first === 'help') return help(words.slice(1))
  if (VERSION_WORDS.includes(first)) return console.log(VERSION)
  const spoken = SPOKEN[`${first} ${second}`]
  const commands = commandsOf(native)
  const command = commands.get(spoken ?? first)
  if (command) {
    const { runOperation } = await import('./operations/run.ts')
    return runOperation(native, command, words.slice(spoken === undefined ? 1 : 2))
  }
  if (words.some((word) => HELP.includes(word))) return help(words.filter((word) => !word.startsWith('-')))
  if (first === 'doctor') return (await import('./doctor.ts')).doctor(words.slice(1))
  if (first === 'pair') return (await import('./pair.ts')).pair(words.slice(1))
  if (first === 'session' && (second === 'export' || second === 'import'))
    return (await import('./session.ts')).session(second, words.slice(2))
  if (first === 'completion') return completion(words.slice(1), [...commands.values()])
  return runOwn(words)
}

function isServer(first: string): boolean {
  return first === '' || first === 'serve' || first.startsWith('--')
}

/** A reader that has seen enough (`| head`) is no failure. A server goes on without its readers. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    console.error(`The answer cannot be written (${error.code})`)
    process.exit(1)
  })
}

async function runOwn(words: readonly string[]): Promise<void> {
  const { command, flags } = readFlags(words)
  if (flags.version !== undefined) console.log(VERSION)
  else if (command === 'serve' || command === '') await (await import('./serve.ts')).serve(loadConfig({ flags }))
  else if (command === 'sandbox') await (await import('./sandbox.ts')).sandbox(flags)
  else if (command === 'simulator meta') await (await import('./simulator.ts')).simulateMeta(flags)
  else if (command === 'simulator whatsapp') await (await import('./simulator.ts')).simulateWhatsApp(flags)
  else if (command === 'config explain') console.log(explainConfig(loadConfig({ flags })))
  else if (command === 'commands') {
    console.log((await import('./operations/help.ts')).commandList(commandsOf(native).values()))
  } else throw await unknown(command)
}

async function help(words: readonly string[]): Promise<void> {
  const name = words.slice(0, 2).join(' ')
  const { ownHelp, usage } = await import('./usage.ts')
  if (words.length === 0) return console.log(usage())
  const commands = commandsOf(native)
  const command = commands.get(SPOKEN[name] ?? words[0] ?? '')
  if (command) return console.log((await import('./operations/help.ts')).helpOf(command))
  const own = ownHelp(name) ?? ownHelp(words[0] ?? '')
  if (own === null) throw await unknown(words.join(' '))
  console.log(own)
}

/** A command that there is not, or half of one. */
async function unknown(command: string): Promise<CommandFailure> {
  const { groupOf, OWN } = await import('./usage.ts')
  const { didYouMean } = await import('./nearest.ts')
  const group = groupOf(command)
  if (group.length > 0)
    return new CommandFailure(
      `whatshooked ${command} takes one of: ${group.map((name) => name.slice(command.length + 1)).join(', ')}`,
      EXIT.usage,
    )
  const names = [...Object.keys(OWN), ...commandsOf(native).keys()]
  const hint = didYouMean(command, names) || '; `whatshooked help` and `whatshooked commands` list them'
  return new CommandFailure(`"${command}" is no command${hint}`, EXIT.usage)
}

async function completion(words: readonly string[], commands: readonly Command[]): Promise<void> {
  const { completionFor, SHELLS } = await import('./operations/completion.ts')
  const shell = SHELLS.find((one) => one === words[0])
  if (!shell || words.length > 1)
    throw new CommandFailure(`whatshooked completion takes one of ${SHELLS.join(', ')}`, EXIT.usage)
  const { OWN } = await import('./usage.ts')
  const others = Object.entries(OWN).map(([name, { flags = () => [] }]) => ({ name, flags: flags() }))
  process.stdout.write(completionFor(shell, commands, others))
}

try {
  await run(process.argv.slice(2))
} catch (thrown) {
  if (thrown instanceof CommandFailure) {
    console.error(thrown.message)
    process.exit(thrown.exitCode)
  }
  const failure = Failure.from(thrown)
  console.error(failure.code === 'internal' ? failure.cause : failure.message)
  process.exit(failure.code === 'invalid' ? EXIT.config : 1)
}
