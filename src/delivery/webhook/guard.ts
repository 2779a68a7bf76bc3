// The egress guard as this program uses it: refusals are failures of the caller, and name the setting that allows more.
import { createEgressGuard, type EgressGuard, type Resolve } from '../../kit/egress.ts'
import { Failure } from '../../model/failure.ts'

/** The setting that lists what hooks and media links may reach although it is inside. */
export const ALLOWED_HOSTS_SETTING = 'WHATSHOOKED_ALLOWED_HOOK_HOSTS'

/**
 * The guard for hooks, the test button and media links. `allowed`: the setting's entries; `lookup`: a resolver in place
 * of the system's. Throws Failure('invalid') naming an entry that is malformed.
 */
export function createHookGuard(allowed: readonly string[], lookup?: Resolve): EgressGuard {
  return createEgressGuard({
    allowed,
    refuse: (sentence) => new Failure('invalid', sentence),
    hint: `Hosts inside your network must be listed in ${ALLOWED_HOSTS_SETTING}`,
    ...(lookup && { lookup }),
  })
}
