// Every setting: one table of names, one reader, one explanation. The only place that looks at the environment.
import { readFileSync } from 'node:fs'
import { Failure } from './model/failure.ts'

/** What a setting takes. */
type Kind = 'text' | 'number' | 'boolean' | 'list'
type ValueOf<K extends Kind> = K extends 'number'
  ? number
  : K extends 'boolean'
    ? boolean
    : K extends 'list'
      ? readonly string[]
      : string

interface Setting<K extends Kind = Kind> {
  readonly kind: K
  /** Null: there is none unless it is set. */
  readonly fallback: ValueOf<K> | null
  readonly secret?: boolean
  readonly says: string
  /** Why a value will not do, or null. */
  readonly wrong?: (value: ValueOf<K>) => string | null
}

const setting = <K extends Kind>(said: Setting<K>): Setting<K> => said
const between = (least: number, most: number) => (value: number) =>
  Number.isInteger(value) && value >= least && value <= most ? null : `must be a whole number from ${least} to ${most}`
const oneOf =
  (...names: string[]) =>
  (value: string) =>
    names.includes(value) ? null : `must be one of ${names.join(', ')}`
const httpUrl = (value: string) =>
  /^https?:$/.test(URL.parse(value)?.protocol ?? '') ? null : 'must be an http or https address'

/** By their names in config.json; dots are levels there, and underscores in the environment and in flags. */
export const SETTINGS = {
  host: setting({ kind: 'text', fallback: '127.0.0.1', says: 'Address to listen on.' }),
  port: setting({
    kind: 'number',
    fallback: 8825,
    says: 'Port to listen on; 0 takes a free one.',
    wrong: between(0, 65_535),
  }),
  data: setting({ kind: 'text', fallback: './data', says: 'Folder for everything that is kept.' }),
  config: setting({ kind: 'text', fallback: './config.json', says: 'File with settings; read if it is there.' }),
  api_key: setting({
    kind: 'text',
    fallback: null,
    secret: true,
    says: 'The API key; made and shown once at the first start when absent.',
  }),
  username: setting({ kind: 'text', fallback: null, says: 'User name for Basic authentication; goes with password.' }),
  password: setting({
    kind: 'text',
    fallback: null,
    secret: true,
    says: 'Password for Basic authentication; goes with username.',
  }),
  secret_key: setting({
    kind: 'text',
    fallback: null,
    secret: true,
    says: 'Encrypts secrets at rest: 32 bytes in base64; made on first start in the data folder when absent.',
    wrong: (value) => (Buffer.from(value, 'base64').length === 32 ? null : 'must be 32 bytes in base64'),
  }),
  graph_url: setting({
    kind: 'text',
    fallback: 'https://graph.facebook.com',
    says: "Where Meta's Graph API is.",
    wrong: httpUrl,
  }),
  whatsapp_url: setting({
    kind: 'text',
    fallback: 'wss://web.whatsapp.com/ws/chat',
    says: 'Where the server of WhatsApp Web is.',
    wrong: (value) => (/^wss?:$/.test(URL.parse(value)?.protocol ?? '') ? null : 'must be a ws or wss address'),
  }),
  whatsapp_trust: setting({
    kind: 'text',
    fallback: null,
    says: 'A file that says whom to believe there instead of WhatsApp itself; the simulated WhatsApp writes one.',
  }),
  allowed_hook_hosts: setting({
    kind: 'list',
    fallback: [],
    says: 'Hosts, addresses and CIDR ranges that hooks, media links and the proxies of accounts may reach although they are private.',
  }),
  database_url: setting({
    kind: 'text',
    fallback: null,
    secret: true,
    says: 'Where the store is: absent for the embedded one in the data folder, `memory:` to keep nothing (for trials).',
    wrong: (value) => (value === 'memory:' ? null : 'must be `memory:`; no other store is built in'),
  }),
  log_level: setting({
    kind: 'text',
    fallback: 'info',
    says: 'How much is logged.',
    wrong: oneOf('debug', 'info', 'warn', 'error', 'silent'),
  }),
  public_url: setting({
    kind: 'text',
    fallback: null,
    says: 'Where the outside reaches this server, for addresses that it names.',
    wrong: httpUrl,
  }),
  'event_cache.enabled': setting({ kind: 'boolean', fallback: true, says: 'Whether the cache operations are served.' }),
  'event_cache.max_age': setting({
    kind: 'number',
    fallback: 7 * 86_400,
    says: 'Seconds that dead and unwanted events are kept; waiting ones are never forgotten.',
    wrong: between(60, 10 * 365 * 86_400),
  }),
  'event_cache.max_events': setting({
    kind: 'number',
    fallback: 100_000,
    says: 'Dead and unwanted events kept at most; waiting ones are never forgotten.',
    wrong: between(0, 1_000_000_000),
  }),
  max_upload_mb: setting({
    kind: 'number',
    fallback: 160,
    says: 'Megabytes of the largest request that carries a file; base64 makes a file a third larger.',
    wrong: between(1, 4096),
  }),
  media_retention_days: setting({
    kind: 'number',
    fallback: 7,
    says: 'Days that files which came in are kept, and that links to them are good.',
    wrong: between(1, 3650),
  }),
  audit_days: setting({
    kind: 'number',
    fallback: 365,
    says: 'Days that the audit log is kept.',
    wrong: between(1, 3650),
  }),
  retention_days: setting({
    kind: 'number',
    fallback: 7,
    says: 'Days that delivered events, their attempts and sent messages are kept.',
    wrong: between(1, 3650),
  }),
} as const

export type SettingName = keyof typeof SETTINGS
/** The value of every setting; null where there is none. */
export type Config = {
  readonly [N in SettingName]:
    | ValueOf<(typeof SETTINGS)[N]['kind']>
    | ((typeof SETTINGS)[N]['fallback'] extends null ? null : never)
}

export type Source = 'flag' | 'environment' | 'file' | 'default'
export interface Loaded {
  readonly config: Config
  readonly sources: Readonly<Record<SettingName, Source>>
}

/** Where values may come from, strongest first. */
export interface Given {
  /** By flag name without dashes: `event-cache-enabled`. */
  readonly flags: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string | undefined>>
}

const NAMES = Object.keys(SETTINGS) as SettingName[]
const TRUE = ['true', '1', 'yes', 'on']
const FALSE = ['false', '0', 'no', 'off']

/** The name of a setting's environment variable. */
export function envName(name: SettingName): string {
  return `WHATSHOOKED_${name.replaceAll('.', '_').toUpperCase()}`
}

/** The name of a setting's flag, with its dashes. */
export function flagName(name: SettingName): string {
  return `--${name.replaceAll(/[._]/g, '-')}`
}

/** Flags over environment over file over defaults. Fails with `invalid`: one sentence that names the setting and where it came from. */
export function loadConfig({ flags, env = process.env }: Given): Loaded {
  const known = new Set(NAMES.map((name) => flagName(name).slice(2)))
  const stray = Object.keys(flags).find((flag) => !known.has(flag))
  if (stray !== undefined)
    throw new Failure('invalid', `--${stray} is no setting; \`whatshooked config explain\` lists them`)
  const outside = (name: SettingName) => flags[flagName(name).slice(2)] ?? (env[envName(name)] || undefined)
  const path = outside('config')
  const file = readFile(path ?? SETTINGS.config.fallback ?? '', path !== undefined)
  const values: Record<string, unknown> = {}
  const sources: Record<string, Source> = {}
  for (const name of NAMES) {
    const flag = flags[flagName(name).slice(2)]
    const variable = env[envName(name)] || undefined
    const source: Source =
      flag !== undefined ? 'flag' : variable !== undefined ? 'environment' : file.has(name) ? 'file' : 'default'
    const from = {
      flag: flagName(name),
      environment: envName(name),
      file: `"${name}" in the config file`,
      default: name,
    }[source]
    values[name] = source === 'default' ? SETTINGS[name].fallback : read(name, flag ?? variable ?? file.get(name), from)
    sources[name] = source
  }
  if ((values.username === null) !== (values.password === null)) {
    throw new Failure('invalid', 'username and password go together; one of them is missing')
  }
  return { config: values as Config, sources: sources as Record<SettingName, Source> }
}

/** The server that commands call, unless flags say another one: `WHATSHOOKED_URL`, `WHATSHOOKED_API_KEY`. */
export function serverToCall(env: Given['env'] = process.env): { url: string; key: string | undefined } {
  const port = env.WHATSHOOKED_PORT || SETTINGS.port.fallback
  return { url: env.WHATSHOOKED_URL || `http://127.0.0.1:${port}`, key: env.WHATSHOOKED_API_KEY || undefined }
}

/** One line a setting: name, value (secrets masked), where it came from. */
export function explainConfig({ config, sources }: Loaded): string {
  const rows = NAMES.map((name) => {
    const said: Setting = SETTINGS[name]
    const value = config[name]
    const shown =
      value === null
        ? '(none)'
        : said.secret
          ? '***'
          : Array.isArray(value)
            ? value.join(',') || '(none)'
            : String(value)
    return [name, shown, sources[name], envName(name), said.says] as const
  })
  const width = (column: 0 | 1 | 2 | 3) => Math.max(...rows.map((row) => row[column].length))
  return rows
    .map(
      (row) =>
        `${row[0].padEnd(width(0))}  ${row[1].padEnd(width(1))}  ${row[2].padEnd(width(2))}  ${row[3].padEnd(width(3))}  ${row[4]}`,
    )
    .join('\n')
}

function read(name: SettingName, given: unknown, from: string): unknown {
  const said: Setting<Kind> = SETTINGS[name] as Setting<Kind>
  const value = parse(said.kind, given)
  if (value === null) throw new Failure('invalid', `${from}: must be ${TAKES[said.kind]}`)
  const wrong = said.wrong?.(value as never) ?? null
  if (wrong) throw new Failure('invalid', `${from}: ${wrong}`)
  return value
}

const TAKES: Record<Kind, string> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list of text',
}

function parse(kind: Kind, given: unknown): unknown {
  if (kind === 'text') return typeof given === 'string' && given !== '' ? given : null
  if (kind === 'number') {
    const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
    return typeof number === 'number' && Number.isFinite(number) ? number : null
  }
  if (kind === 'boolean') {
    const word = String(given).toLowerCase()
    return TRUE.includes(word) ? true : FALSE.includes(word) ? false : null
  }
  const list = typeof given === 'string' ? given.split(',') : given
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return null
  return list.map((item) => item.trim()).filter((item) => item !== '')
}

/** The file's values by setting name. */
function readFile(path: string, wished: boolean): Map<SettingName, unknown> {
  const found = new Map<SettingName, unknown>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    if (!wished && (thrown as NodeJS.ErrnoException).code === 'ENOENT') return found
    throw new Failure('invalid', `The config file ${path} cannot be read (${(thrown as NodeJS.ErrnoException).code})`)
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (thrown) {
    throw new Failure('invalid', `The config file ${path} is no valid JSON: ${(thrown as Error).message}`)
  }
  if (!isLevel(content)) throw new Failure('invalid', `The config file ${path} must hold a JSON object`)
  for (const [key, value] of flattened(content)) {
    const name = NAMES.find((known) => known === key)
    if (!name || name === 'config')
      throw new Failure(
        'invalid',
        `The config file ${path} has "${key}", which is no setting; \`whatshooked config explain\` lists them`,
      )
    found.set(name, value)
  }
  return found
}

function flattened(level: Record<string, unknown>, above = ''): [string, unknown][] {
  return Object.entries(level).flatMap(([key, value]): [string, unknown][] =>
    isLevel(value) ? flattened(value, `${above}${key}.`) : [[`${above}${key}`, value]],
  )
}

function isLevel(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
