// The command line: `whatshooked serve | sandbox | config explain`.
import { envName, explainConfig, flagName, loadConfig, SETTINGS, type SettingName } from '../config.ts'
import { Failure } from '../model/failure.ts'
import { VERSION } from '../version.ts'
import { readFlags } from './flags.ts'
import { serve } from './serve.ts'

/** sysexits.h EX_CONFIG: the settings are wrong. Every other failure to start exits 1. */
const EXIT_CONFIG = 78

const HELP = `whatshooked ${VERSION}

  whatshooked serve            starts the server
  whatshooked sandbox          starts everything with a simulated number and a receiver, on loopback, with throw-away data
  whatshooked config explain   prints each setting with its value and where it came from

Settings are flags, environment variables, or fields of config.json, in this order:
${(Object.keys(SETTINGS) as SettingName[]).map((name) => `  ${`${flagName(name)} …`.padEnd(30)} ${envName(name).padEnd(38)} ${SETTINGS[name].says}`).join('\n')}
`

async function run(words: readonly string[]): Promise<void> {
  const { command, flags } = readFlags(words)
  if (flags.help !== undefined || command === 'help') console.log(HELP)
  else if (flags.version !== undefined) console.log(VERSION)
  else if (command === 'serve' || command === '') await serve(loadConfig({ flags }))
  // Only here: the server itself must not carry the simulator about.
  else if (command === 'sandbox') await (await import('./sandbox.ts')).sandbox(flags)
  else if (command === 'config explain') console.log(explainConfig(loadConfig({ flags })))
  else throw new Failure('invalid', `"${command}" is no command; \`whatshooked help\` lists them`)
}

try {
  await run(process.argv.slice(2))
} catch (thrown) {
  const failure = Failure.from(thrown)
  console.error(failure.code === 'internal' ? failure.cause : failure.message)
  process.exit(failure.code === 'invalid' ? EXIT_CONFIG : 1)
}
