// Remembers what was used last, and forgets the rest.

export interface Recent<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
}

/** Keeps at most `most` values; the one that was longest not asked for goes first. */
export function createRecent<V>(most: number): Recent<V> {
  const kept = new Map<string, V>()
  const put = (key: string, value: V): void => {
    kept.delete(key)
    kept.set(key, value)
    const oldest = kept.size > most ? kept.keys().next() : null
    if (oldest && !oldest.done) kept.delete(oldest.value)
  }
  return {
    get(key) {
      const value = kept.get(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set: put,
    delete: (key) => void kept.delete(key),
  }
}
