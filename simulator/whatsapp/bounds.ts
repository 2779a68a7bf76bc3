// How much of what happened is kept: a simulator that runs for days, or under a load of thousands, must not grow for ever.

/** Messages that one phone keeps: what it got, and what it sent and may have to send again. */
export const mostMessages = 10_000
/** Records of the server: receipts, who wrote what. */
export const mostRecords = 20_000
/** What is a sign of trouble, and what nobody asks for by the thousand. */
export const mostOddities = 1000

/** Adds to a list that forgets its oldest. They go by the tenth, so that a long list is not moved for each one. */
export function keepLast<T>(list: T[], item: T, most: number): void {
  list.push(item)
  if (list.length >= most + most / 10) list.splice(0, list.length - most)
}

/** Sets an entry of a map that forgets its oldest; one that was there counts as new. */
export function keepNewest<K, V>(map: Map<K, V>, [key, value]: readonly [K, V], most: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= most) return
    map.delete(oldest)
  }
}
