// Small facts of the installation in the database.
import type { SettingStore } from '../../store.ts'
import { type Ask, asking } from '../threads/ports.ts'
import type { Reading, Writing } from '../working.ts'

export function settingWrites({ c }: Writing) {
  return {
    setSetting({ key, value }: { key: string; value: string }): void {
      c.run('INSERT OR REPLACE INTO setting VALUES (?, ?)', key, value)
    },
  }
}

export function settingReads({ c }: Reading) {
  return {
    setting: (key: string): string | null =>
      c.one<{ value: string }>('SELECT value FROM setting WHERE key = ?', key)?.value ?? null,
  }
}

/** Names of callers get a prefix, so that they never meet the store's own. */
export function settingStore(writer: Ask, reader: Ask): SettingStore {
  const write = asking<ReturnType<typeof settingWrites>>(writer)
  const read = asking<ReturnType<typeof settingReads>>(reader)
  return {
    get: (key) => read('setting', `app.${key}`),
    set: (key, value) => write('setSetting', { key: `app.${key}`, value }),
  }
}
