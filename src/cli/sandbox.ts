// The sandbox: everything on loopback with throw-away data, and a message watched on its way there and back, on two numbers.
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SettingName } from '../config.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { startSimulatedWhatsApp } from './sandbox/whatsapp.ts'

/** A stop that hangs is cut off after so long, ms. */
const LAST_MS = 8_000
/** What makes it a sandbox: with other values something would be kept, or leave the machine. */
const FIXED: ReadonlySet<string> = new Set<SettingName>([
  ...(['config', 'data', 'database_url', 'log_level', 'secret_key'] as const),
  ...(['graph_url', 'whatsapp_url', 'whatsapp_trust', 'allowed_hook_hosts'] as const),
])

/** What is closed at the end, in the order of its start. */
type Endings = (() => Promise<unknown>)[]

/** Stays up until it is told to stop; with `--once` it ends when both numbers were shown. Any failure exits 1. */
export async function sandbox(flags: Readonly<Record<string, string>>): Promise<void> {
  const { once, ...settings } = flags
  refuseFixed(settings)
  const endings: Endings = []
  const stop = createStop(endings)
  let isShown = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const early = once === undefined ? 0 : 128 + constants.signals[signal]
    process.on(signal, () => void stop(isShown ? 0 : early))
  }
  const goOn = await perform(settings, endings).catch((thrown: unknown) => {
    // What fails because it is being stopped is not worth a word.
    if (stop.hasBegun()) return new Promise<never>(() => {})
    throw thrown
  })
  isShown = true
  if (once !== undefined) return stop(0)
  goOn()
}

function refuseFixed(settings: Readonly<Record<string, string>>): void {
  const fixed = Object.keys(settings).find((flag) => FIXED.has(flag.replaceAll('-', '_')))
  if (fixed === undefined) return
  throw new CommandFailure(`--${fixed} cannot be set in the sandbox; \`whatshooked serve\` takes it`, EXIT.usage)
}

/** The simulated WhatsApp loads beside all else, in a thread of its own. Answers what begins when both were shown. */
async function perform(settings: Readonly<Record<string, string>>, endings: Endings): Promise<() => void> {
  const folder = throwAway()
  // However it ends, and last of all.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const whatsapp = startSimulatedWhatsApp(folder)
  endings.push(() => whatsapp.close())
  const [{ openStage }, { show }] = await Promise.all([import('./sandbox/stage.ts'), import('./sandbox/show.ts')])
  return show(await openStage({ settings, folder, whatsapp: whatsapp.ready, endings }))
}

function throwAway(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'whatshooked-sandbox-'))
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    throw new CommandFailure(`A folder for throw-away data cannot be made in ${tmpdir()} (${code})`, EXIT.refused)
  }
}

/** Closes what there is, the latest first, and exits. Asked again it goes on: npm passes Ctrl+C on a second time. */
function createStop(endings: Endings) {
  let ending: Promise<never> | null = null
  const end = async (code: number): Promise<never> => {
    setTimeout(() => process.exit(code), LAST_MS).unref()
    for (const close of endings.toReversed()) await close().catch(() => {})
    return process.exit(code)
  }
  const stop = (code: number): Promise<never> => {
    ending ??= end(code)
    return ending
  }
  return Object.assign(stop, { hasBegun: () => ending !== null })
}
