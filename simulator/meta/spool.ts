// A folder of the simulator's own for bytes that came in, so that a big file is never held in memory.
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Writable } from 'node:stream'

export type Spool = {
  /** A new empty file, to be written to. */
  open(): Promise<{ path: string; stream: Writable }>
  /** Removes one file; one that is gone already is fine. */
  drop(file: string): Promise<void>
  /** Removes all files. The spool can be used again. */
  clear(): Promise<void>
}

/** A spool in the system's folder for temporary files, made when the first file is opened. */
export function createSpool(): Spool {
  let folder: Promise<string> | undefined
  let last = 0
  return {
    async open() {
      folder ??= mkdtemp(path.join(tmpdir(), 'simulated-meta-'))
      last += 1
      const own = String(last)
      const name = path.join(await folder, own)
      return { path: name, stream: createWriteStream(name, { flags: 'wx', mode: 0o600 }) }
    },
    async drop(file) {
      await unlink(file).catch(() => undefined)
    },
    async clear() {
      const gone = folder
      folder = undefined
      if (gone !== undefined) await rm(await gone, { recursive: true, force: true })
    },
  }
}
