// The server as people run it: a process of its own with its settings, what it says, and how it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from './conditions.ts'

const CLI = fileURLToPath(new URL('../../bin/whatshooked.mjs', import.meta.url))

export interface Child {
  readonly url: string
  readonly process: ChildProcess
  /** All that it wrote so far. */
  said(): { out: string; err: string }
  /** Sends the signal, and answers how it ended. */
  end(signal?: NodeJS.Signals): Promise<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
  readonly tookMs: number
}

export type Settings = Readonly<Record<string, string>>

/** A folder that is gone with the test. */
export function throwAway(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-process-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** How a server is run, for those who look into it. */
export interface ChildOptions {
  /** Options of Node's, for all of its threads. */
  readonly nodeOptions?: string
}

function launch(t: TestContext, settings: Settings, words: readonly string[], { nodeOptions }: ChildOptions = {}) {
  const own = Object.entries(settings).map(([name, value]) => [`WHATSHOOKED_${name.toUpperCase()}`, value])
  // Nothing of whoever runs the tests: no settings, no options of Node's.
  const child = spawn(process.execPath, [CLI, ...words], {
    env: { PATH: process.env.PATH, ...(nodeOptions && { NODE_OPTIONS: nodeOptions }), ...Object.fromEntries(own) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const heard = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (heard.out += String(chunk)))
  child.stderr.on('data', (chunk) => (heard.err += String(chunk)))
  const closed = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await closed
  })
  return { child, heard, closed }
}

/** Runs it to its end; for starts that fail, and commands that end by themselves. */
export async function run(t: TestContext, settings: Settings, ...words: string[]): Promise<Ended> {
  const began = performance.now()
  const { child, heard, closed } = launch(t, settings, words)
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await closed
  clearTimeout(timer)
  return { code: child.exitCode, signal: child.signalCode, ...heard, tookMs: performance.now() - began }
}

/** A server that was started, and perhaps does not listen yet. */
export interface Starting extends Omit<Child, 'url'> {
  /** Resolves when it listens; fails with what it said when it ended before. */
  listens(): Promise<Child>
}

/** Starts it on a free port; for those who do not wait until it is ready. */
export function beginChild(t: TestContext, settings: Settings, options?: ChildOptions): Starting {
  const { child, heard, closed } = launch(t, { port: '0', ...settings }, ['serve'], options)
  const address = () => /listens on (\S+)/.exec(heard.out)?.[1]
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const begun: Omit<Child, 'url'> = {
    process: child,
    said: () => ({ ...heard }),
    async end(signal = 'SIGTERM') {
      const asked = performance.now()
      child.kill(signal)
      await closed
      return { code: child.exitCode, signal: child.signalCode, ...heard, tookMs: performance.now() - asked }
    },
  }
  return {
    ...begun,
    async listens() {
      await until(() => address() !== undefined || hasEnded(), 'it listens', 20_000)
      const url = address()
      if (url === undefined) throw new Error(`it ended with ${child.exitCode}: ${heard.err}${heard.out}`)
      return { ...begun, url }
    },
  }
}

/** Starts it on a free port and waits until it is ready. */
export function startChild(t: TestContext, settings: Settings, options?: ChildOptions): Promise<Child> {
  return beginChild(t, settings, options).listens()
}
