// The store that keeps nothing: for trials, benches and tests. The same contract, gone with the process.
import type { Clock } from '../../kit/clock.ts'
import { withRiders } from '../riders.ts'
import type { Store } from '../store.ts'
import { cacheStore } from './cache.ts'
import { deliveryStore } from './deliveries.ts'
import { eventStore } from './events.ts'
import { mediaStore } from './media.ts'
import { messageStore } from './messages.ts'
import { accountStore, auditStore, hookStore, keyStore, settingStore } from './records.ts'
import { sessionStore } from './sessions.ts'
import { emptyState } from './state.ts'

export async function openMemoryStore({ clock }: { readonly clock: Clock }): Promise<Store> {
  const state = emptyState()
  const { sessions, accounts, flush } = withRiders(
    { sessions: sessionStore(state), accounts: accountStore(state) },
    clock,
  )
  return {
    events: eventStore(state, clock),
    deliveries: deliveryStore(state),
    cache: cacheStore(state),
    hooks: hookStore(state),
    accounts,
    messages: messageStore(state),
    media: mediaStore(state),
    keys: keyStore(),
    sessions,
    audit: auditStore(),
    settings: settingStore(),
    health: () => ({ ok: true, reason: null, waiting: 0, waitingMs: 0 }),
    close: flush,
  }
}
