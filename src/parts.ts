// Makes the parts of the gateway and joins them.
import type { Config } from './config.ts'
import { createEngine, type Engine } from './delivery/engine.ts'
import type { Sink } from './delivery/sink.ts'
import { checkHookHeaders } from './delivery/webhook/headers.ts'
import { createWebhookSink } from './delivery/webhook/post.ts'
import { newHookSecret, parseHookSecret } from './delivery/webhook/sign.ts'
import { createAccounts } from './gateway/accounts.ts'
import { createCache } from './gateway/cache.ts'
import { createDeliveries } from './gateway/deliveries.ts'
import type { Gateway } from './gateway/gateway.ts'
import { createHooks } from './gateway/hooks.ts'
import { createHousekeeping } from './gateway/housekeeping.ts'
import { createIntake } from './gateway/intake.ts'
import { createLines } from './gateway/lines.ts'
import { createMessages } from './gateway/messages.ts'
import { createMetrics, type Metrics } from './gateway/metrics.ts'
import { createOutcomes, type Outcomes } from './gateway/outcomes.ts'
import { createPublicIds } from './gateway/public-ids.ts'
import { createReplies } from './gateway/replies.ts'
import { createSystem } from './gateway/system.ts'
import type { Clock } from './kit/clock.ts'
import type { EgressGuard } from './kit/egress.ts'
import type { Log } from './kit/log.ts'
import { checkEventPatterns } from './model/event-types.ts'
import type { Store } from './store/store.ts'
import { createCloudKind } from './transports/cloud/index.ts'
import type { Desk } from './transports/transport.ts'
import { VERSION } from './version.ts'

/** How long deliveries in flight may take to end when the server stops, ms; a delivery never takes longer than 15 s. */
const STOP_MS = 16_000
/** How long messages on their way out may take to end then, ms. */
const STOP_SENDS_MS = 5_000

export interface Ground {
  readonly store: Store
  readonly guard: EgressGuard
  readonly clock: Clock
  readonly log: Log
}

export interface Parts {
  readonly gateway: Gateway
  /** Why the server is not ready, in a sentence; null when it is. */
  readonly phase: { now: string | null }
  start(): Promise<void>
  stop(): Promise<void>
}

/** The engine owes its hooks what the gateway records, and calls back into the gateway: these calls are filled in once it is there. */
interface Back {
  answered: Parameters<typeof createEngine>[0]['answered']
  gone: Parameters<typeof createEngine>[0]['gone']
}

export function buildParts(config: Config, ground: Ground): Parts {
  const { store, guard, clock, log } = ground
  const phase: Parts['phase'] = { now: 'The server is starting' }
  const metrics = createMetrics(VERSION)
  const outcomes = createOutcomes(clock)
  const publicIds = createPublicIds()
  const sink = createWebhookSink({ guard, version: VERSION, clock, log })
  const back: Back = { answered: async () => {}, gone: () => {} }
  const engine = buildEngine(ground, { sink, metrics, outcomes, back })
  const unnoted = (cause: unknown) => log.warn('an event of our own could not be recorded', { cause })
  const intake = createIntake({ store, engine, clock, metrics, failed: unnoted })
  const kinds = (desk: Desk) => [createCloudKind({ desk, graphUrl: config.graph_url })]
  const lines = createLines({ store, intake, clock, log, publicId: publicIds.of, kinds })
  const messages = createMessages({ store, lines, intake, publicIds, clock, log, metrics })
  const hooks = createHooks({ store, engine, sink, intake, clock, ...rules(guard) })
  const replies = createReplies({ messages, log })
  back.answered = replies
  back.gone = ({ no, id }) =>
    void hooks
      .switchOff(no, 'It answered 410 Gone')
      .catch((cause) => log.error('a hook could not be switched off', { hook: id, cause }))
  const housekeeping = createHousekeeping({ store, hooks, clock, log, ...kept(config) })
  return {
    phase,
    gateway: {
      accounts: createAccounts({
        store,
        lines,
        intake,
        publicUrl: config.public_url,
        lastSentAt: (account) => messages.lastSentAt(account),
      }),
      hooks,
      messages,
      deliveries: createDeliveries({ store, engine, hooks }),
      cache: createCache({ enabled: config['event_cache.enabled'], store, engine, hooks, outcomes, clock }),
      system: createSystem({ store, metrics, hooks, lines, phase: () => phase.now }),
      callbacks: { receive: (request) => lines.callback(request) },
    },
    async start() {
      await hooks.start()
      await lines.start()
      await messages.start()
      housekeeping.start()
    },
    async stop() {
      housekeeping.stop()
      await engine.stop(STOP_MS)
      await messages.stop(STOP_SENDS_MS)
      await lines.stop()
    },
  }
}

function buildEngine(
  { store, clock, log }: Ground,
  parts: { sink: Sink; metrics: Metrics; outcomes: Outcomes; back: Back },
): Engine {
  const { sink, metrics, outcomes, back } = parts
  return createEngine({
    store,
    sink,
    clock,
    log,
    random: Math.random,
    answered: (hook, event, answer) => back.answered(hook, event, answer),
    gone: (hook) => back.gone(hook),
    observe(hook, event, { delivered, status, tookMs, error }) {
      metrics.attempted(hook.id, delivered ? 'delivered' : 'failed', tookMs)
      outcomes.told(hook.no, event.seq, delivered)
      // What went well is counted, not logged: a line for each would cost more than the delivery.
      if (!delivered) log.info('delivery.attempted', { hook: hook.id, event: event.seq, status, tookMs, error })
    },
  })
}

function rules(
  guard: EgressGuard,
): Pick<Parameters<typeof createHooks>[0], 'checkUrl' | 'checkHeaders' | 'secrets' | 'checkEvents'> {
  return {
    checkUrl: (url) => guard.checkUrl(url),
    checkHeaders: checkHookHeaders,
    secrets: { make: newHookSecret, check: parseHookSecret },
    checkEvents: checkEventPatterns,
  }
}

function kept(config: Config): Pick<Parameters<typeof createHousekeeping>[0], 'retentionMs' | 'cache'> {
  return {
    retentionMs: config.retention_days * 86_400_000,
    cache: { maxAgeMs: config['event_cache.max_age'] * 1000, maxEvents: config['event_cache.max_events'] },
  }
}
