// Answers the operations on the audit log.
import type { audit as said } from '../../contract/native/audit.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Handlers } from '../surface.ts'
import { timeOut } from './time.ts'

export const audit: Handlers<Gateway, typeof said> = {
  async listAudit({ app }, { limit = 100, ...query }) {
    const { entries, next } = await app.audit.list({ ...query, limit })
    return {
      entries: entries.map(({ at, callerName, account, details, ...entry }) => ({
        ...entry,
        at: timeOut(at),
        caller_name: callerName,
        account_id: account,
        details: JSON.parse(details),
      })),
      next,
    }
  },
}
