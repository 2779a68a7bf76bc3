// What the program says of itself, and of its commands that are no operations of the API.
import { envName, flagName, SETTINGS, type SettingName } from '../config.ts'
import { VERSION } from '../version.ts'
import { wrapped } from './wrap.ts'

interface Own {
  /** What goes behind the name. */
  readonly takes: string
  readonly says: string
  /** With their dashes, for the completion; those of operations say theirs themselves. */
  readonly flags?: () => string[]
  /** Only in its own help. */
  readonly more?: () => string
}

/** Commands that are no operations, by all their words. */
export const OWN: Readonly<Record<string, Own>> = {
  serve: {
    takes: '[--<setting> <value>]',
    says: 'Start the server; also what happens without a command',
    flags: settingFlags,
    more: () => `Stops at Ctrl+C and SIGTERM. A wrong setting ends the start with exit code 78.\n\n${settingsHelp()}`,
  },
  sandbox: {
    takes: '[--once]',
    says: 'Start everything with two simulated numbers and a receiver, on loopback, with throw-away data',
    flags: () => ['--once', ...settingFlags()],
    more: () =>
      'With --once it ends when a message went there and back on each number.\nTakes settings too, such as --port; none that would keep data or reach the outside, such as --data.',
  },
  'simulator meta': {
    takes: '[--port 8826] [--callback <address>]',
    says: 'Start the simulated Graph API alone, with one number that can be used at once',
    flags: () => [
      '--port',
      '--host',
      '--callback',
      '--verify-token',
      '--phone-number-id',
      '--waba-id',
      '--token',
      '--app-secret',
    ],
    more: simulatorHelp,
  },
  'simulator whatsapp': {
    takes: '[--port 8827] [--trust <file>]',
    says: 'Start a simulated WhatsApp alone, with phones that scan, type codes and write',
    flags: () => ['--port', '--host', '--trust'],
    more: () =>
      '--trust names the file that it writes (whatsapp-trust.json): a server needs it, as WHATSHOOKED_WHATSAPP_TRUST,\nwith WHATSHOOKED_WHATSAPP_URL. Both lines are printed, and how to link a phone.',
  },
  doctor: {
    takes: '<account> [--mend]',
    says: 'Look for what is amiss with an account of a running server; exit code 1 when something is',
    flags: () => ['--mend', '--server', '--key', '--output'],
    more: () =>
      '--mend puts right what can be put right from here: it subscribes the app to the business account.\nTakes --server, --key and --output as every command does.',
  },
  pair: {
    takes: '<account> [--phone <number>]',
    says: 'Show the QR code that links a phone to an account of a running server, until one is linked',
    flags: () => ['--phone', '--server', '--key', '--output'],
    more: () =>
      'With --phone, the number of the phone, there is a code to type instead.\nExit code 0 when a phone is linked, 75 when none was within ten minutes.\nCtrl+C ends the showing (130), not the pairing: disable the account for that.\n--output json prints each code as a line of JSON.\nTakes --server and --key as every command does.',
  },
  'session export': {
    takes: '<account> [--file <name>]',
    says: 'Take a linked phone away from a running server, encrypted with a password, and disable the account there',
    flags: () => ['--file', '--password-file', '--server', '--key'],
    more: () =>
      'Writes to stdout without --file. The password, at least 12 characters, is asked for,\nor read from --password-file.\nUse the session in one place only: of two servers WhatsApp lets only one stay.',
  },
  'session import': {
    takes: '<account> [--file <name>]',
    says: 'Give a running server a session that another one exported; the account has to be there, and not linked',
    flags: () => ['--file', '--password-file', '--server', '--key'],
    more: () => 'Reads stdin without --file. The password is asked for, or read from --password-file.',
  },
  'keys list': { takes: '', says: 'List the API keys of a running server' },
  'keys add': { takes: '--name <text> --scopes <read|send|hooks|admin,…>', says: 'Make an API key' },
  'keys remove': { takes: '<id>', says: 'Remove an API key' },
  commands: { takes: '', says: 'List the commands that call a running server: one for each operation of its API' },
  'config explain': {
    takes: '[--<setting> <value>]',
    says: 'Print each setting with its value and where it came from',
    flags: settingFlags,
    more: settingsHelp,
  },
  completion: {
    takes: 'bash|zsh|fish',
    says: 'Print a script that lets a shell complete commands and flags',
    more: () => `  bash   source <(whatshooked completion bash)      # in ~/.bashrc
  zsh    source <(whatshooked completion zsh)       # in ~/.zshrc
  fish   whatshooked completion fish | source       # in ~/.config/fish/config.fish`,
  },
  help: { takes: '[<command>]', says: 'Say what a command takes; so does --help behind it' },
}

/** What comes first where there is no own command of that name: `keys`, `config`, `simulator`. */
export function groupOf(first: string): string[] {
  return Object.keys(OWN).filter((name) => name.startsWith(`${first} `))
}

/** The help of one own command, or of all that begin with its word; null when there is none of that name. */
export function ownHelp(name: string): string | null {
  const own = OWN[name]
  if (own) {
    const more = own.more === undefined ? [] : ['', own.more()]
    return [`whatshooked ${name} ${own.takes}`.trimEnd(), '', `${own.says}.`, ...more].join('\n')
  }
  const group = groupOf(name)
  return group.length === 0 ? null : group.map(ownLine).join('\n')
}

function ownLine(name: string): string {
  const { takes, says } = OWN[name] ?? { takes: '', says: '' }
  return wrapped(`${name} ${takes.length > 20 ? '' : takes}`.trimEnd(), says)
}

/** The help of the program. */
export function usage(): string {
  const part = (title: string, ...names: string[]) => [title, ...names.flatMap(ownLine), '']
  return [
    `whatshooked ${VERSION}: WhatsApp numbers as signed webhooks out, and one API in`,
    '',
    'whatshooked <command> [flags]',
    '',
    ...part('Run', 'serve', 'sandbox', 'simulator meta', 'simulator whatsapp', 'config explain'),
    ...part(
      'Call a running server',
      'pair',
      'session export',
      'session import',
      'doctor',
      'keys list',
      'keys add',
      'keys remove',
      'commands',
    ),
    ...part('Help', 'help', 'completion'),
    'Examples',
    '  whatshooked serve --port 8825 --data ./data',
    '  whatshooked send-message --account shop --to +15550001111 --text "Hello"',
    '  whatshooked send-image --account shop --to +15550001111 --image photo.jpg --caption "The pier"',
    '  whatshooked list-deliveries --state dead --output table',
    '',
    'Commands that call a server find it by WHATSHOOKED_URL and WHATSHOOKED_API_KEY, or --server and --key.',
    'Exit codes: 0 done, 1 refused, 64 wrong words, 69 no server, 75 try later, 77 no permission, 78 wrong setting.',
  ].join('\n')
}

function simulatorHelp(): string {
  return [
    wrapped('--port <number>', 'Where it listens; 8826 unless said, 0 takes a free one.'),
    wrapped('--host <address>', 'The address of this machine to listen on; 127.0.0.1 unless said.'),
    wrapped('--callback <address>', 'Where your webhook is; without one nothing is called back.'),
    wrapped('--verify-token <text>', 'What your webhook expects in the handshake, which is done at the start.'),
    wrapped('--phone-number-id <id>', 'And --waba-id, --token, --app-secret: the same at every start; else made up.'),
    '',
    'It prints the number, its access token, and lines to try.',
  ].join('\n')
}

function settingFlags(): string[] {
  return (Object.keys(SETTINGS) as SettingName[]).map(flagName)
}

function settingsHelp(): string {
  const lines = (Object.keys(SETTINGS) as SettingName[]).map((name) =>
    wrapped(`${flagName(name)} …`, SETTINGS[name].says),
  )
  return [
    'Settings are flags, environment variables, or fields of config.json; the first that is there counts.',
    `${flagName('log_level')} is ${envName('log_level')} in the environment.`,
    '',
    ...lines,
  ].join('\n')
}
