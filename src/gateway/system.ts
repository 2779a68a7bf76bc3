// What the server says of itself: whether it is ready, and its figures.
import { isFor } from '../model/hook.ts'
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
    async metrics(accounts = null) {
      const text = await metrics.text()
      if (accounts === null) return text
      const mine = hooks.list().filter(({ hook }) => isFor(hook, accounts))
      return onlyOf(text, { account: new Set(accounts), hook: new Set(mine.map(({ hook }) => hook.id)) })
    },
  }
}

/**
 * The figures whose labels name one of these, with their headings: what counts over everything would tell of accounts
 * that are not one's own.
 */
function onlyOf(text: string, names: Readonly<Record<'account' | 'hook', ReadonlySet<string>>>): string {
  const kept: string[] = []
  let headings: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) {
      headings = line.startsWith('# HELP') ? [line] : [...headings, line]
      continue
    }
    const account = /[{,]account="([^"]*)"/.exec(line)?.[1]
    const hook = /[{,]hook="([^"]*)"/.exec(line)?.[1]
    const isMine = account !== undefined ? names.account.has(account) : hook !== undefined && names.hook.has(hook)
    if (!isMine) continue
    kept.push(...headings, line)
    headings = []
  }
  return `${kept.join('\n')}\n`
}
