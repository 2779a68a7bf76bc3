// A server's store in a process of its own, to be killed: opens the folder, says so, then records without end and writes
// down the number of every event that it was told is on disk.
import { writeSync } from 'node:fs'
import { draft } from '../suites/store/parts.ts'
import { openFolder } from './folder.ts'

const [folder = '', lanes = '0'] = process.argv.slice(2)
/** Written when this returns, also to a pipe that is full just now: that one answers EAGAIN. */
const say = (line: string): void => {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN')) throw thrown
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

const store = await openFolder(folder).catch((thrown: Error) => {
  say(thrown.message)
  process.exit(3)
})
say('ready')

async function lane(): Promise<void> {
  for (let count = 0; count < 100_000; count += 1) {
    const seqs = await store.events.record([draft({ data: JSON.stringify({ text: 'x'.repeat(500) }) }), draft()])
    for (const seq of seqs) say(String(seq))
  }
}
await Promise.all(Array.from({ length: Number(lanes) }, lane))
