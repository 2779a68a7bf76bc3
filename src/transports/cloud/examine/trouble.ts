// A question that Graph did not answer, as a finding.
import type { Finding } from '../../../model/finding.ts'
import { sentenceOf, verdictOf } from '../graph/failure.ts'
import type { Trouble } from '../graph/trouble.ts'

/** Whether Graph could not be asked, or not now. */
export function isPassing(trouble: Trouble): boolean {
  const { class: kind } = verdictOf(trouble)
  return kind === 'network' || kind === 'retry' || kind === 'hold'
}

/** What could not be looked at. */
export function away(check: string, trouble: Trouble): Finding {
  return { check, result: 'skipped', says: `Could not be looked at. ${sentenceOf(trouble)}`, fix: null }
}

/** What Graph says is the problem, unless it could not be asked. */
export function troubleFinding(check: string, trouble: Trouble): Finding {
  if (isPassing(trouble)) return away(check, trouble)
  const { advice } = verdictOf(trouble)
  return { check, result: 'problem', says: sentenceOf(trouble, ''), fix: advice === '' ? null : advice }
}
