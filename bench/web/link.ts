// Links phones of the simulated WhatsApp to the product, and to the bare library, over what each of them offers.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from '../child.ts'
import type { Bench } from '../measure.ts'
import { wait } from '../moment.ts'
import type { Product } from '../product.ts'
import type { BareCalls } from './bare.ts'
import type { Place, WhatsAppCalls } from './whatsapp.ts'

/** Phones that are linked at once. */
const AT_ONCE = 4
const LINK_MS = 30_000

export interface WhatsApp extends Place {
  readonly phones: Child<WhatsAppCalls>
}

/** The one that all linked devices of a run are with. */
export function whatsApp(bench: Bench): Promise<WhatsApp> {
  return bench.once('whatsapp', async () => {
    const phones = startChild<WhatsAppCalls>(new URL('./whatsapp.ts', import.meta.url))
    bench.onEnd(() => phones.kill())
    const place = await phones.call('start', { trust: join(bench.folder, 'whatsapp-trust.json') })
    return { ...place, phones }
  })
}

/** `count` numbers, none of which another `kind` has. */
export function numbersOf(kind: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(15_550_000_000 + kind * 10_000 + index))
}

/** Accounts named by their numbers, which are not held back by anything: not by typing, and not by their pacing. */
export async function linkProduct(product: Product, phones: WhatsApp['phones'], numbers: readonly string[]) {
  const { api } = product
  await fewAtOnce(numbers, async (id) => {
    await api.addAccount({
      ...{ id, type: 'whatsmeow', web: { typing: false, new_chats_a_day: 10_000, jitter_ms: 0 } },
      pacing: { per_second: 1000, pair_burst: 10_000 },
    })
    const { qr } = await api.getPairingQr({ id })
    await phones.call('scan', { number: id, qr: String(qr) })
    await untilConnected(product, id)
  })
}

async function untilConnected({ api }: Product, id: string): Promise<void> {
  const late = performance.now() + LINK_MS
  while (performance.now() < late) {
    if ((await api.getAccountStatus({ id })).state === 'connected') return
    await wait(50)
  }
  throw new Error(`${id} was not connected in time`)
}

/** A process of the bare library with a device for each number. */
export async function linkBare(bench: Bench, numbers: readonly string[]): Promise<Child<BareCalls>> {
  const { phones, url, root } = await whatsApp(bench)
  const bare = startChild<BareCalls>(new URL('./bare.ts', import.meta.url))
  bench.onEnd(() => bare.kill())
  const folder = join(bench.folder, 'bare-linked')
  mkdirSync(folder, { recursive: true })
  await bare.call('start', { url, root, folder })
  await fewAtOnce(numbers, async (number) => {
    await phones.call('scan', { number, qr: await bare.call('qr', number) })
    await bare.call('opened', number)
  })
  return bare
}

async function fewAtOnce(all: readonly string[], work: (one: string) => Promise<void>): Promise<void> {
  const left = [...all]
  const keepBusy = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, keepBusy))
}
