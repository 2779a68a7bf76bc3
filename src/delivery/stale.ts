// Which rows of one hook cannot be believed as they were read, because their delivery ended meanwhile.

export interface Read<T> {
  readonly found: T
  readonly isStale: (seq: number) => boolean
  readonly changed: (seq: number) => boolean
}

/**
 * A row that the store shows may be of a delivery whose end is not written down yet, or was written while the row was
 * on its way here. To begin it would be to deliver twice.
 */
export class Stale {
  readonly #unsettled = new Set<number>()
  /** What was settled during each read that is under way. */
  readonly #reads = new Set<Set<number>>()

  /** A delivery ended, and the store is yet to be told. */
  ended(seq: number): void {
    this.#unsettled.add(seq)
  }

  settled(seq: number): void {
    this.#unsettled.delete(seq)
    for (const read of this.#reads) read.add(seq)
  }

  /**
   * Reads, and hands over what was found before anything else can happen, with how to tell what of it is stale;
   * `changed`: stale, but settled meanwhile, so that it can be read again.
   */
  async read<T>(work: () => Promise<T>, use: (read: Read<T>) => void): Promise<void> {
    const settled = new Set<number>()
    this.#reads.add(settled)
    try {
      const found = await work()
      const changed = (seq: number) => settled.has(seq)
      use({ found, changed, isStale: (seq) => this.#unsettled.has(seq) || changed(seq) })
    } finally {
      this.#reads.delete(settled)
    }
  }
}
