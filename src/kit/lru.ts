// A memory of a fixed size: what was not asked for the longest goes first, and what is too old is not known any more.

export interface Lru<V> {
  /** Undefined when it is not known, or too old. */
  get(key: string): V | undefined
  set(key: string, value: V): void
  forget(key: string): void
  /** From the one that was not asked for the longest. */
  values(): Iterable<V>
}

export interface LruDeps {
  readonly most: number
  /** How long something holds by `now`, ms; for ever when absent. */
  readonly holdsMs?: number
  readonly now?: () => number
}

export function createLru<V>({ most, holdsMs = Number.POSITIVE_INFINITY, now = Date.now }: LruDeps): Lru<V> {
  const held = new Map<string, { readonly value: V; readonly at: number }>()
  return {
    get(key) {
      const found = held.get(key)
      if (!found) return undefined
      held.delete(key)
      if (now() - found.at >= holdsMs) return undefined
      held.set(key, found)
      return found.value
    },
    set(key, value) {
      held.delete(key)
      held.set(key, { value, at: now() })
      if (held.size <= most) return
      const [first] = held.keys()
      if (first !== undefined) held.delete(first)
    },
    forget: (key) => void held.delete(key),
    *values() {
      for (const { value } of held.values()) yield value
    },
  }
}
