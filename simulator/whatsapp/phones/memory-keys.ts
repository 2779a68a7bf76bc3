// The Signal keys of a phone, in memory.
import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys'

export type MemoryKeys = SignalKeyStore & {
  /** Forgets the key of a group by its name: `120363…@g.us::15551234567::0`, and `…_1` after the digits of a LID. */
  forgetSenderKey(name: string): void
}

export function createMemoryKeys(): MemoryKeys {
  const kept = new Map<string, Map<string, unknown>>()
  const of = (type: string): Map<string, unknown> => {
    const known = kept.get(type) ?? new Map<string, unknown>()
    kept.set(type, known)
    return known
  }
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {}
      for (const id of ids) {
        const value = of(type).get(id)
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T]
      }
      return found
    },
    set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null || value === undefined) of(type).delete(id)
          else of(type).set(id, value)
        }
      }
    },
    forgetSenderKey: (name) => void of('sender-key').delete(name),
  }
}
