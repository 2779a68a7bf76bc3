// What is counted, for Prometheus. Labels are closed sets or the owner's own ids; never a phone number.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  recorded(type: string): void
  duplicates(count: number): void
  refused(reason: string): void
  attempted(hook: string, outcome: 'delivered' | 'failed', tookMs: number): void
  sent(account: string, outcome: 'sent' | 'failed' | 'unknown'): void
  /** Something that came in was not told: forged, malformed, too large, not encrypted. */
  dropped(account: string, reason: string): void
  /** Called at every scrape, to set what is not counted but looked up. */
  onScrape(look: (gauges: Gauges) => void): void
  text(): Promise<string>
  readonly contentType: string
}

export interface Gauges {
  storeWaiting(units: number): void
  breaker(hook: string, open: boolean): void
  account(id: string, state: string): void
}

export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'whatshooked_info', help: 'The version that runs', labelNames: ['version'], registers }).set(
    { version },
    1,
  )
  const named = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name: `whatshooked_${name}`, help, labelNames, registers })
  const events = named('events_recorded_total', 'Events recorded', ['type'])
  const duplicates = named('events_duplicate_total', 'Events that were told before and not recorded again', [])
  const refused = named('intake_refused_total', 'Requests to record that were refused before the commit', ['reason'])
  const attempts = named('delivery_attempts_total', 'Attempts to deliver', ['hook', 'outcome'])
  const messages = named('messages_total', 'Messages sent, by how the send ended', ['account', 'outcome'])
  const dropped = named('dropped_messages_total', 'What came in and was not told, by why', ['account', 'reason'])
  const took = new Histogram({
    name: 'whatshooked_delivery_seconds',
    help: 'How long attempts to deliver took',
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 5, 15],
    registers,
  })
  const waiting = new Gauge({ name: 'whatshooked_store_waiting', help: 'Units of work not yet on disk', registers })
  const breaker = new Gauge({
    name: 'whatshooked_hook_breaker_open',
    help: '1 while a hook is only tried now and then',
    labelNames: ['hook'],
    registers,
  })
  const account = new Gauge({
    name: 'whatshooked_account_state',
    help: '1 for the state that an account is in',
    labelNames: ['account', 'state'],
    registers,
  })
  let look: (gauges: Gauges) => void = () => {}

  return {
    recorded: (type) => events.inc({ type: type.startsWith('meta.') ? 'meta' : type }),
    duplicates: (count) => duplicates.inc(count),
    refused: (reason) => refused.inc({ reason }),
    attempted(hook, outcome, tookMs) {
      attempts.inc({ hook, outcome })
      took.observe(tookMs / 1000)
    },
    sent: (id, outcome) => messages.inc({ account: id, outcome }),
    dropped: (id, reason) => dropped.inc({ account: id, reason }),
    onScrape(next) {
      look = next
    },
    text() {
      breaker.reset()
      account.reset()
      look({
        storeWaiting: (units) => waiting.set(units),
        breaker: (hook, open) => breaker.set({ hook }, open ? 1 : 0),
        account: (id, state) => account.set({ account: id, state }, 1),
      })
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}
