// Small facts of the installation in the database.
import type { SettingStore } from '../store.ts'
import type { Read, Write } from './ports.ts'
import type { Reading, Writing } from './units.ts'

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
export function settingStore(write: Write, read: Read): SettingStore {
  return {
    get: (key) => read('setting', `app.${key}`),
    set: (key, value) => write('setSetting', { key: `app.${key}`, value }),
  }
}
