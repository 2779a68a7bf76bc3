// The command line as a shell runs it: a process of its own with its words, its stdin, and what it said where.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../../bin/whatshooked.mjs', import.meta.url))

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  /** Where the server is: WHATSHOOKED_URL. */
  readonly url?: string
  /** WHATSHOOKED_API_KEY */
  readonly key?: string
  readonly stdin?: string
}

/** Runs a command to its end, at most 20 s. Nothing of whoever runs the tests is in its environment. */
export async function whatshooked({ url, key, stdin = '' }: Surroundings, ...words: string[]): Promise<Said> {
  const env = {
    PATH: process.env.PATH,
    ...(url !== undefined && { WHATSHOOKED_URL: url }),
    ...(key !== undefined && { WHATSHOOKED_API_KEY: key }),
  }
  const child = spawn(process.execPath, [CLI, ...words], { env, timeout: 20_000, killSignal: 'SIGKILL' })
  const heard = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (heard.out += String(chunk)))
  child.stderr.on('data', (chunk) => (heard.err += String(chunk)))
  // It need not read what it is given.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  await once(child, 'close')
  return { code: child.exitCode, ...heard }
}
