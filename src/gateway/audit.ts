// The audit log: who changed what, and who guessed.
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { Failure } from '../model/failure.ts'
import type { Store } from '../store/store.ts'
import type { AuditPart } from './gateway.ts'

export interface AuditDeps {
  readonly store: Pick<Store, 'audit'>
  readonly clock: Clock
  readonly log: Log
}

export function createAudit({ store, clock, log }: AuditDeps): AuditPart {
  return {
    async list({ after, limit, operation = null, caller = null, account = null }) {
      const below = after === undefined ? null : placeOf(after)
      const rows = await store.audit.list({ operation, caller, account, below, limit })
      const last = rows.at(-1)
      const entries = rows.map(({ no, ...entry }) => ({ id: `aud_${no}`, ...entry }))
      return { entries, next: last && rows.length >= limit ? String(last.no) : null }
    },
    async note(entry) {
      try {
        await store.audit.add({ at: clock.now(), ...entry })
      } catch (cause) {
        // What was changed is changed: then at least the log says so.
        log.error('an entry of the audit log could not be written', { ...entry, cause })
      }
    },
  }
}

function placeOf(after: string): number {
  const place = Number(after)
  if (Number.isSafeInteger(place) && place > 0) return place
  throw new Failure('invalid', 'after: must be the "next" of the page before')
}
