// The log of who changed what, in the database.
import type { AuditEntry } from '../../../model/caller.ts'
import type { AuditRow, AuditStore } from '../../store.ts'
import type { Value } from '../connection.ts'
import { type Ask, asking } from '../threads/ports.ts'
import type { Reading, Writing } from '../working.ts'

type AuditQuery = Parameters<AuditStore['list']>[0]

const ROW = `SELECT no, at, caller, caller_name AS callerName, address, operation, target, account, outcome, details
  FROM audit`

export function auditWrites({ c }: Writing) {
  return {
    addAudit(entry: AuditEntry): void {
      const { at, caller, callerName, address, operation, target, account, outcome, details } = entry
      c.run(
        'INSERT INTO audit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[at, caller, callerName, address, operation, target, account, outcome, details],
      )
    },

    pruneAudit: ({ before, limit }: { before: number; limit: number }): number =>
      c.run(
        'DELETE FROM audit WHERE no IN (SELECT no FROM audit WHERE at < ? ORDER BY at LIMIT ?)',
        ...[before, limit],
      ),
  }
}

export function auditReads({ c }: Reading) {
  return {
    /** Only the filters that are given are in the statement, so that an index of one of them serves. */
    listAudit({ limit, below, ...filters }: AuditQuery): AuditRow[] {
      const { operation, caller, account } = filters
      const conditions: string[] = []
      const values: Value[] = []
      for (const [condition, value] of [
        ['no < ?', below],
        ['operation = ?', operation],
        ['caller = ?', caller],
        ['account = ?', account],
      ] as const) {
        if (value === null) continue
        conditions.push(condition)
        values.push(value)
      }
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
      return c.all<AuditRow>(`${ROW} ${where} ORDER BY no DESC LIMIT ?`, ...values, limit)
    },
  }
}

export function auditStore(writer: Ask, reader: Ask): AuditStore {
  const write = asking<ReturnType<typeof auditWrites>>(writer)
  const read = asking<ReturnType<typeof auditReads>>(reader)
  return {
    add: (entry) => write('addAudit', entry, entry.details.length),
    list: (query) => read('listAudit', query),
    prune: (before, limit) => write('pruneAudit', { before, limit }),
  }
}
