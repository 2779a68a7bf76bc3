// What the server says of itself: whether it is ready, and its figures.
import type { Store } from '../store/store.ts'
import type { SystemPart } from './gateway.ts'
import type { Hooks } from './hooks.ts'
import type { Lines } from './lines.ts'
import type { Metrics } from './metrics.ts'

export interface SystemDeps {
  readonly store: Pick<Store, 'health'>
  readonly metrics: Metrics
  readonly hooks: Pick<Hooks, 'list'>
  readonly lines: Pick<Lines, 'accounts' | 'state'>
  /** Whether the server is starting or stopping, in a sentence; null when neither. */
  readonly phase: () => string | null
}

export function createSystem({ store, metrics, hooks, lines, phase }: SystemDeps): SystemPart {
  metrics.onScrape((gauges) => {
    gauges.storeWaiting(store.health().waiting)
    for (const { hook, breaker } of hooks.list()) gauges.breaker(hook.id, breaker === 'open')
    for (const { id } of lines.accounts()) gauges.account(id, lines.state(id).is)
  })
  return {
    reasons() {
      const { ok, reason } = store.health()
      return [phase(), ok ? null : (reason ?? 'The store takes no writes')].filter((text) => text !== null)
    },
    metrics: () => metrics.text(),
  }
}
