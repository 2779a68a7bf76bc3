// Everything that the two workers can be asked, by name.
import { cacheReads, cacheWrites } from './cache.ts'
import type { Connection } from './connection.ts'
import { deliveryReads, deliveryWrites } from './deliveries.ts'
import { logHead } from './event-rows.ts'
import { eventReads, eventWrites } from './events.ts'
import { hookReads, hookWrites } from './hooks.ts'
import { kinds } from './kinds.ts'
import { mediaReads, mediaWrites } from './media.ts'
import { messageReads, messageWrites } from './messages.ts'
import { accountReads, accountWrites } from './records/accounts.ts'
import { auditReads, auditWrites } from './records/audit.ts'
import { keyReads, keyWrites } from './records/keys.ts'
import { sessionReads, sessionWrites } from './records/sessions.ts'
import { settingReads, settingWrites } from './records/settings.ts'
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
    ...mediaWrites(writing),
    ...keyWrites(writing),
    ...sessionWrites(writing),
    ...auditWrites(writing),
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
    ...mediaReads(reading),
    ...keyReads(reading),
    ...sessionReads(reading),
    ...auditReads(reading),
    ...settingReads(reading),
  }
}
