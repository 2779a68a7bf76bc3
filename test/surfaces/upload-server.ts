// A small surface as a process of its own, which tells its parent what came and how much memory that took.
import { once } from 'node:events'
import { startSmall } from './small-surface.ts'

export interface Measured {
  readonly files: Record<string, { size: number; sha256: string }>
  /** Bytes of RSS at the most, beyond those before the request. */
  readonly growth: number
}

const SAMPLE_MS = 5
let before = 0
let most = 0
const sample = () => {
  most = Math.max(most, process.memoryUsage.rss())
}

const ends: (() => Promise<void>)[] = []
const { url } = await startSmall(
  { after: (run) => void ends.push(run) },
  {
    uploadLimit: 160 * 1024 * 1024,
    looksInside: false,
    async act({ files }) {
      sample()
      const facts = [...files].map(([field, { file }]) => [field, { size: file.size, sha256: file.sha256 }] as const)
      process.send?.({ files: Object.fromEntries(facts), growth: most - before } satisfies Measured)
      before = process.memoryUsage.rss()
      most = before
    },
  },
)
// One small request first: what is loaded with the first one is no growth.
await fetch(`${url}/api/image`, { method: 'POST', headers: { 'x-api-key': 'reader' } })
before = process.memoryUsage.rss()
const timer = setInterval(sample, SAMPLE_MS)
process.send?.({ url })
await once(process, 'disconnect')
clearInterval(timer)
for (const end of ends) await end()
