// Data folders for tests of the SQLite store: made apart, opened with one key, gone at the end.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Clock } from '../../src/kit/clock.ts'
import { systemClock } from '../../src/kit/clock.ts'
import { silentLog } from '../../src/kit/log.ts'
import { createSealer } from '../../src/store/sealer.ts'
import { openSqliteStore } from '../../src/store/sqlite/index.ts'
import type { Store } from '../../src/store/store.ts'

export const KEY = { id: 'k1', key: Buffer.alloc(32, 7) }

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder that goes with the test file. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-store-'))
  made.push(folder)
  return folder
}

/** A data folder as a kill at this moment leaves it: what the system has been given so far, and no more. */
export function killedCopy(folder: string): string {
  const copy = tempFolder()
  cpSync(folder, copy, { recursive: true })
  return copy
}

export interface OpenOptions {
  readonly clock?: Clock
  readonly key?: { id: string; key: Buffer }
  readonly onFatal?: (sentence: string) => void
}

export function openFolder(folder: string, options: OpenOptions = {}): Promise<Store> {
  const { clock = systemClock, key = KEY, onFatal = () => undefined } = options
  return openSqliteStore({ folder, sealer: createSealer([key]), clock, log: silentLog, onFatal })
}
