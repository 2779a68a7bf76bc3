// The real server as a child process that can be killed at any instant.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const STALL = new URL('./stall.ts', import.meta.url).href

export interface ServerSetup {
  readonly folder: string
  readonly port: number
  readonly key: string
  readonly graphUrl: string
}

export interface RunningServer {
  readonly url: string
  /** How long it took until it was ready, ms. */
  readonly startMs: number
  /** Whether a commit is stalled right now. */
  stalled(): boolean
  /** kill -9, and gone. */
  kill(): Promise<void>
  /** SIGTERM; answers the exit code and how long it took, ms. */
  stop(): Promise<{ code: number | null; tookMs: number }>
}

/** Starts it, and waits until `/ready` says so. `stall`: where commits are made to stall, every so many. */
export async function startServer(
  setup: ServerSetup,
  stall: { place: 'before' | 'after'; every: number } | null = null,
): Promise<RunningServer> {
  const began = performance.now()
  const mark = join(setup.folder, 'stalled')
  const child = spawn(process.execPath, ['--import', STALL, CLI, 'serve'], {
    env: {
      ...process.env,
      WHATSHOOKED_PORT: String(setup.port),
      WHATSHOOKED_DATA: setup.folder,
      WHATSHOOKED_API_KEY: setup.key,
      WHATSHOOKED_GRAPH_URL: setup.graphUrl,
      WHATSHOOKED_ALLOWED_HOOK_HOSTS: '127.0.0.1',
      WHATSHOOKED_LOG_LEVEL: 'warn',
      TORTURE_MARK: mark,
      TORTURE_STALL: stall?.place ?? '',
      TORTURE_EVERY: String(stall?.every ?? 0),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  child.stdout.on('data', (chunk) => said.push(String(chunk)))
  child.stderr.on('data', (chunk) => said.push(String(chunk)))
  const url = `http://127.0.0.1:${setup.port}`
  await ready(child, url, said)
  return {
    url,
    startMs: performance.now() - began,
    stalled: () => existsSync(mark),
    async kill() {
      child.kill('SIGKILL')
      await gone(child)
    },
    async stop() {
      const asked = performance.now()
      child.kill('SIGTERM')
      await gone(child)
      return { code: child.exitCode, tookMs: performance.now() - asked }
    },
  }
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function ready(child: ChildProcess, url: string, said: readonly string[]): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${said.join('')}`)
    const response = await fetch(`${url}/ready`).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
  child.kill('SIGKILL')
  throw new Error(`the server was not ready within 30 s: ${said.join('')}`)
}
