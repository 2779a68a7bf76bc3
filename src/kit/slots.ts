// Lets only so much work of a kind run at once; the rest waits in the order in which it came.

/** At most `most` at once per key; a failure is the caller's own and frees its slot. */
export function createSlots(most: number): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const busy = new Map<string, { running: number; readonly waiting: (() => void)[] }>()
  return async (key, work) => {
    const slots = busy.get(key) ?? { running: 0, waiting: [] }
    busy.set(key, slots)
    if (slots.running < most) slots.running += 1
    else await new Promise<void>((resolve) => slots.waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The slot goes on to the next one as it is.
      const next = slots.waiting.shift()
      if (next) next()
      else if (--slots.running === 0) busy.delete(key)
    }
  }
}
