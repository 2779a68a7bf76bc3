// The command line: runs the server, the sandbox and the simulators, and calls a server's operations.
import { envName, explainConfig, flagName, loadConfig, SETTINGS, type SettingName } from '../config.ts'
import { native } from '../contract/native/index.ts'
import { Failure } from '../model/failure.ts'
import { VERSION } from '../version.ts'
import { readFlags } from './flags.ts'
import { commandsOf, SPOKEN } from './operations/command.ts'
import { CommandFailure, EXIT } from './operations/run.ts'

/** sysexits.h EX_CONFIG: the settings are wrong. Every other failure to start exits 1. */
const EXIT_CONFIG = 78

const USAGE = `whatshooked ${VERSION}

  whatshooked serve               starts the server
  whatshooked sandbox             starts everything with a simulated number and a receiver, on loopback, with throw-away data
  whatshooked simulator meta      starts the simulated Graph API alone (--port 8826)
  whatshooked config explain      prints each setting with its value and where it came from
  whatshooked doctor <account>    looks for what is amiss with an account of a running server (--mend puts right what it can)
  whatshooked keys list|add|remove
  whatshooked completion bash|zsh|fish
  whatshooked commands            lists the commands that call a running server, one for each operation of its API;
                                  whatshooked <command> --help says what each takes`

const SETTINGS_HELP = `Settings are flags, environment variables, or fields of config.json, in this order:
${(Object.keys(SETTINGS) as SettingName[]).map((name) => `  ${`${flagName(name)} …`.padEnd(30)} ${envName(name).padEnd(38)} ${SETTINGS[name].says}`).join('\n')}`

const OTHERS = ['serve', 'sandbox', 'simulator', 'config', 'doctor', 'keys', 'completion', 'commands', 'help']

async function run(words: readonly string[]): Promise<void> {
  const [first = '', second = ''] = words
  const spoken = SPOKEN[`${first} ${second}`]
  const commands = commandsOf(native)
  const command = commands.get(spoken ?? first)
  // Each only here: the server itself must not carry the rest about.
  if (command) {
    const { runOperation } = await import('./operations/run.ts')
    await runOperation(native, command, words.slice(spoken === undefined ? 1 : 2))
  } else if (first === 'doctor') await (await import('./doctor.ts')).doctor(words.slice(1))
  else if (first === 'commands') {
    console.log((await import('./operations/help.ts')).commandList(commands.values()))
  } else if (first === 'completion') await completion(second, [...commands.values()])
  else await runOwn(words)
}

async function runOwn(words: readonly string[]): Promise<void> {
  const { command, flags } = readFlags(words)
  if (flags.help !== undefined || command === 'help') console.log(`${USAGE}\n\n${SETTINGS_HELP}`)
  else if (flags.version !== undefined) console.log(VERSION)
  else if (command === 'serve' || command === '') await (await import('./serve.ts')).serve(loadConfig({ flags }))
  else if (command === 'sandbox') await (await import('./sandbox.ts')).sandbox(flags)
  else if (command === 'simulator meta') await (await import('./simulator.ts')).simulateMeta(flags)
  else if (command === 'config explain') console.log(explainConfig(loadConfig({ flags })))
  else throw new CommandFailure(`"${command}" is no command; \`whatshooked help\` lists them`, EXIT.usage)
}

async function completion(
  shell: string,
  commands: Parameters<typeof import('./operations/completion.ts').completionFor>[1],
): Promise<void> {
  const { completionFor, SHELLS } = await import('./operations/completion.ts')
  const known = SHELLS.find((one) => one === shell)
  if (!known) throw new CommandFailure(`whatshooked completion takes one of ${SHELLS.join(', ')}`, EXIT.usage)
  process.stdout.write(completionFor(known, commands, OTHERS))
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
  process.exit(failure.code === 'invalid' ? EXIT_CONFIG : 1)
}
