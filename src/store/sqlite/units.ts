// Everything that the two workers can be asked, by name.
import { accountReads, accountWrites } from './accounts.ts'
import { cacheReads, cacheWrites } from './cache.ts'
import type { Connection } from './connection.ts'
import { deliveryReads, deliveryWrites } from './deliveries.ts'
import { logHead } from './event-rows.ts'
import { eventReads, eventWrites } from './events.ts'
import { hookReads, hookWrites } from './hooks.ts'
import { kinds } from './kinds.ts'
import { messageReads, messageWrites } from './messages.ts'
import { settingReads, settingWrites } from './settings.ts'
import type { Reading, Writing } from './working.ts'

/** Each is one unit of work, run by the writer inside a transaction. */
export function writeUnits(c: Connection) {
  const head = { seq: logHead(c) }
  c.onRollback(() => {
    head.seq = logHead(c)
  })
  const writing: Writing = { c, kinds: kinds(c), head }
  return {
    ...eventWrites(writing),
    ...deliveryWrites(writing),
    ...cacheWrites(writing),
    ...hookWrites(writing),
    ...accountWrites(writing),
    ...messageWrites(writing),
    ...settingWrites(writing),
  }
}

/** Each is run by the reader on one snapshot. */
export function readUnits(c: Connection) {
  const reading: Reading = { c, kinds: kinds(c) }
  return {
    ...eventReads(reading),
    ...deliveryReads(reading),
    ...cacheReads(reading),
    ...hookReads(reading),
    ...accountReads(reading),
    ...messageReads(reading),
    ...settingReads(reading),
  }
}
