// Sets up what all contenders share, keeps what they start, and takes everything down again, also on Ctrl-C.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaselineCalls } from './baselines.ts'
import { startChild } from './child.ts'
import type { LoadCalls } from './load.ts'
import { type Bench, Results } from './measure.ts'
import { type Product, startProduct } from './product.ts'
import type { ReceiverCalls } from './receivers.ts'

export interface Stage {
  readonly bench: Bench
  /** Ends every process and removes the folder. */
  close(): Promise<void>
}

/** `profiles`: a folder for the CPU profiles of the product, or null. */
export async function setStage(profiles: string | null): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-bench-'))
  const children = {
    load: startChild<LoadCalls>(new URL('./load.ts', import.meta.url)),
    receivers: startChild<ReceiverCalls>(new URL('./receivers.ts', import.meta.url)),
    baselines: startChild<BaselineCalls>(new URL('./baselines.ts', import.meta.url)),
  }
  const products: Product[] = []
  const ends: (() => Promise<void> | void)[] = []
  const kept = new Map<string, Promise<unknown>>()
  const sweep = () => {
    for (const child of Object.values(children)) child.kill()
    for (const product of products) product.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', sweep)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code))

  const once = <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const made = kept.get(name) ?? make()
    kept.set(name, made)
    return made as Promise<T>
  }
  const at = await children.receivers.call('listen')
  const start: Bench['start'] = async (options) => {
    const product = await startProduct({ ...options, folder, graphUrl: at.graph, profiles })
    products.push(product)
    return product
  }
  const bench: Bench = {
    ...children,
    folder,
    at,
    pace: 1,
    once,
    onEnd: (close) => void ends.unshift(close),
    results: new Results(),
    start,
    product: (options) => once(`product:${options.name}`, () => start(options)),
  }
  return {
    bench,
    async close() {
      await Promise.all(products.map((product) => product.stop()))
      for (const end of ends) await end()
      sweep()
    },
  }
}
