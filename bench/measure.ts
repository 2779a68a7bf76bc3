// What is measured and what is made of it: contenders give figures, rows hold figures against each other.
import type { BaselineCalls } from './baselines.ts'
import type { Child } from './child.ts'
import type { LoadCalls } from './load.ts'
import { medianOf } from './moment.ts'
import type { Product, ProductOptions } from './product.ts'
import type { ReceiverCalls } from './receivers.ts'

/** What a contender says of a product; the rest is the same for all. */
export type ProductWish = Pick<ProductOptions, 'name' | 'store' | 'hooks' | 'whatsapp'>

/** What a contender measures with. Whatever it starts stays up for the whole run, so that all rounds find it warm. */
export interface Bench {
  /** Empty at first, gone at the end. */
  readonly folder: string
  readonly load: Child<LoadCalls>
  readonly receivers: Child<ReceiverCalls>
  readonly baselines: Child<BaselineCalls>
  /** Where the receivers listen. */
  readonly at: { readonly hooks: string; readonly other: string; readonly graph: string }
  /** Multiplies every duration: below 1 in the warm-up. */
  pace: number
  /** Starts it the first time it is asked for. */
  product(options: ProductWish): Promise<Product>
  /** Starts it now; one of the same name that was stopped before finds its data again. */
  start(options: ProductWish): Promise<Product>
  /** The same for anything else that is to be made once. */
  once<T>(name: string, make: () => Promise<T>): Promise<T>
  /** Called at the end, last first. */
  onEnd(close: () => Promise<void> | void): void
  /** The figures so far, for a contender whose load depends on another's. */
  readonly results: Results
}

/** Figures of one round, by name. */
export type Sample = Readonly<Record<string, number>>

export interface Contender {
  readonly id: string
  readonly says: string
  /** Its figures and their units; `high` and `low` say which is better. */
  readonly figures: Readonly<Record<string, { readonly unit: string; readonly better: 'high' | 'low' }>>
  /** Takes minutes: measured in the first round alone, and not in the warm-up. */
  readonly once?: true
  run(bench: Bench): Promise<Sample>
}

export interface Goal {
  readonly says: string
  /** The best of all rounds, and the median. */
  readonly value: number
  readonly median: number
  /** `x` for ratios, else a unit. */
  readonly unit: string
  readonly better: 'high' | 'low'
  readonly floor: number
  readonly excellent: number
}

/** A row of the table of goals. */
export interface Row {
  readonly number: number
  readonly needs: readonly Contender[]
  goals(results: Results): readonly Goal[]
}

/** All samples of a run. */
export class Results {
  readonly #samples = new Map<string, Sample[]>()

  add(contender: Contender, sample: Sample): void {
    this.#samples.set(contender.id, [...this.of(contender), sample])
  }

  clear(): void {
    this.#samples.clear()
  }

  of(contender: Contender): readonly Sample[] {
    return this.#samples.get(contender.id) ?? []
  }

  best(contender: Contender, figure: string): number {
    const values = this.#values(contender, figure)
    return contender.figures[figure]?.better === 'low' ? Math.min(...values) : Math.max(...values)
  }

  median(contender: Contender, figure: string): number {
    return medianOf(this.#values(contender, figure))
  }

  #values(contender: Contender, figure: string): number[] {
    return this.of(contender).map((sample) => sample[figure] ?? Number.NaN)
  }
}

/** Two figures, each of a contender, as the parts of a ratio. */
export interface Ratio {
  readonly over: readonly [Contender, string]
  readonly under: readonly [Contender, string]
}

/** Best over best, and median over median. */
export function ratioOf(results: Results, { over, under }: Ratio): { value: number; median: number } {
  return {
    value: results.best(...over) / results.best(...under),
    median: results.median(...over) / results.median(...under),
  }
}
