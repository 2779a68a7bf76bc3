// A question that Graph did not answer, as a finding.
import type { Finding } from '../../../model/finding.ts'
import { sentenceOf, verdictOf } from '../graph/failure.ts'
import type { Trouble } from '../graph/trouble.ts'

/** `skipped` when Graph could not be asked, or not now; else the problem is what it says. */
export function troubleFinding(check: string, trouble: Trouble): Finding {
  const { class: kind, advice } = verdictOf(trouble)
  const isPassing = kind === 'network' || kind === 'retry' || kind === 'hold'
  const says = sentenceOf(trouble, '')
  if (isPassing) return { check, result: 'skipped', says: `Could not be looked at. ${says}`, fix: null }
  return { check, result: 'problem', says, fix: advice === '' ? null : advice }
}
