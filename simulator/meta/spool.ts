// A folder of the simulator's own for bytes that came in, so that a big file is never held in memory.
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Writable } from 'node:stream'

export type Spool = {
  /** A new empty file, to be written to. */
  open(): { path: string; stream: Writable }
  /** A new file with these bytes; answers its path. */
  put(bytes: Uint8Array): string
  /** Removes one file; one that is gone already is fine. */
  drop(file: string): Promise<void>
  /** Removes all files. The spool can be used again. */
  clear(): Promise<void>
}

/**
 * A spool in the system's folder for temporary files, made when the first file is. A process that ends in order takes
 * it along, even when nobody cleared it.
 */
export function createSpool(): Spool {
  let folder: string | undefined
  let last = 0
  const atExit = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
  const open = (): string => {
    process.once('exit', atExit)
    return mkdtempSync(path.join(tmpdir(), 'simulated-meta-'))
  }
  const next = (): string => {
    folder ??= open()
    last += 1
    return path.join(folder, String(last))
  }
  const own = { flag: 'wx', mode: 0o600 }
  return {
    open() {
      const file = next()
      return { path: file, stream: createWriteStream(file, { flags: own.flag, mode: own.mode }) }
    },
    put(bytes) {
      const file = next()
      writeFileSync(file, bytes, own)
      return file
    },
    async drop(file) {
      await unlink(file).catch(() => undefined)
    },
    async clear() {
      const gone = folder
      folder = undefined
      process.removeListener('exit', atExit)
      if (gone !== undefined) await rm(gone, { recursive: true, force: true })
    },
  }
}
