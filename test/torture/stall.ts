// Loaded before the server (node --import): makes commits stall, so that a kill can be placed right before or right
// after one. Random kills alone never hit these windows, which are some microseconds wide.
import { unlinkSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** `before`: nothing of the batch is on disk yet. `after`: all of it is, and nobody was told. */
const place = process.env.TORTURE_STALL
/** Exists while a commit is stalled. */
const mark = process.env.TORTURE_MARK ?? ''
/** Commits between stalls, and how long one lasts, ms. */
const EVERY = Number(process.env.TORTURE_EVERY ?? 50)
const STALL_MS = 2_000

const exec = DatabaseSync.prototype.exec
let commits = 0

if (place) {
  DatabaseSync.prototype.exec = function stalling(this: DatabaseSync, sql: string): void {
    const here = sql === 'COMMIT' && ++commits % EVERY === 0
    if (here && place === 'before') stall()
    exec.call(this, sql)
    if (here && place === 'after') stall()
  }
}

function stall(): void {
  writeFileSync(mark, place ?? '')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS)
  unlinkSync(mark)
}
