// Makes the parts of the gateway and joins them.
import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import type { Data } from './data.ts'
import { createEngine, type Engine } from './delivery/engine.ts'
import type { Complete, Sink } from './delivery/sink.ts'
import { checkHookHeaders } from './delivery/webhook/headers.ts'
import { createWebhookSink } from './delivery/webhook/post.ts'
import { newHookSecret, parseHookSecret } from './delivery/webhook/sign.ts'
import { createLinking } from './gateway/accounts/linking.ts'
import { createAccounts } from './gateway/accounts.ts'
import { createAudit } from './gateway/audit.ts'
import { createBusiness } from './gateway/business.ts'
import { createCache } from './gateway/cache.ts'
import { createDeliveries } from './gateway/deliveries.ts'
import type { Gateway, GatewayFor, SystemPart } from './gateway/gateway.ts'
import { createHooks, type Hooks } from './gateway/hooks.ts'
import { createHousekeeping } from './gateway/housekeeping.ts'
import { createIntake } from './gateway/intake.ts'
import { createKeys, type Keys } from './gateway/keys.ts'
import { createLines } from './gateway/lines.ts'
import { createMedia } from './gateway/media.ts'
import { createMessages } from './gateway/messages.ts'
import { createMetrics, type Metrics } from './gateway/metrics.ts'
import { createOutcomes, type Outcomes } from './gateway/outcomes.ts'
import { createPairing } from './gateway/pairing.ts'
import { createPublicIds } from './gateway/public-ids.ts'
import { createReplies } from './gateway/replies.ts'
import { createSystem } from './gateway/system.ts'
import { createGatewayFor } from './gateway/view.ts'
import type { Clock } from './kit/clock.ts'
import type { EgressGuard } from './kit/egress.ts'
import { createKeyedQueue } from './kit/keyed-queue.ts'
import type { Log } from './kit/log.ts'
import type { Account } from './model/account.ts'
import { checkEventPatterns } from './model/event-types.ts'
import { Failure } from './model/failure.ts'
import { readSend } from './surfaces/native/send-answer.ts'
import { createCloudKind } from './transports/cloud/index.ts'
import type { CallbackRequest, Desk, PairingOffer } from './transports/transport.ts'
import { readEndpoint } from './transports/web/endpoint.ts'
import { createWebKind, deviceOf } from './transports/web/index.ts'
import type { Endpoint } from './transports/web/port.ts'
import { VERSION } from './version.ts'

/** How long deliveries in flight may take to end when the server stops, ms; a delivery never takes longer than 15 s. */
const STOP_MS = 16_000
const DAY_MS = 24 * 3_600_000
/** How long messages on their way out may take to end then, ms. */
const STOP_SENDS_MS = 5_000

/** Shows what is offered to a phone: a QR code's text, or a code to type. */
export type Shown = (account: string, offer: PairingOffer) => void

/** Whoever starts a WhatsApp beside this server knows only later what goes into these settings. */
export type WhatsAppPlace = () => Pick<Config, 'whatsapp_url' | 'whatsapp_trust'>

export interface Ground {
  readonly data: Data
  /** Where the server listens; empty before it does. */
  readonly url: () => string
  readonly guard: EgressGuard
  /** For accounts with `show_qr`. */
  readonly show?: Shown
  /** Where WhatsApp will be, asked when the first linked device needs it; absent: where the settings say. */
  readonly whatsapp?: WhatsAppPlace
  readonly clock: Clock
  readonly log: Log
}

export interface Parts {
  readonly gateway: Gateway
  readonly gatewayFor: GatewayFor
  readonly keys: Keys
  /** Why the server is not ready, in a sentence; null when it is. */
  readonly phase: { now: string | null }
  start(): Promise<void>
  /** Answers callers whose messages wait for their turn, so that the listener can come to its end. */
  dismiss(): void
  stop(): Promise<void>
}

/** What calls back up: filled in once it is there. */
interface Back {
  answered: Parameters<typeof createEngine>[0]['answered']
  gone: Parameters<typeof createEngine>[0]['gone']
  complete: Complete
  arrived: () => void
}

export function buildParts(config: Config, ground: Ground): Parts {
  const phase: Parts['phase'] = { now: 'The server is starting' }
  const base = buildBase(config, ground)
  const { hooks, messages, media, keys, housekeeping, linking, ...others } = buildNouns(config, ground, base)
  const { engine, lines } = base
  const gateway: Gateway = { hooks, messages, media, keys, ...others, system: systemOf(ground, { base, hooks, phase }) }
  return {
    phase,
    gateway,
    gatewayFor: createGatewayFor(gateway),
    keys,
    async start() {
      await keys.start()
      await hooks.start()
      await lines.start()
      await linking.start()
      await messages.start()
      media.start()
      housekeeping.start()
    },
    dismiss: () => messages.dismiss(),
    async stop() {
      housekeeping.stop()
      await engine.stop(STOP_MS)
      await messages.stop(STOP_SENDS_MS)
      await media.stop()
      await lines.stop()
    },
  }
}

/** What everything else stands on: the way in, the way to hooks, the lines. */
function buildBase(config: Config, ground: Ground) {
  const { data, guard, clock, log, whatsapp } = ground
  const { store } = data
  const metrics = createMetrics(VERSION)
  const outcomes = createOutcomes(clock)
  const publicIds = createPublicIds()
  const back: Back = { answered: async () => {}, gone: () => {}, complete: (event) => event, arrived: () => {} }
  const complete: Complete = (event, hook) => back.complete(event, hook)
  const sink = createWebhookSink({ guard, version: VERSION, clock, log, complete })
  const engine = buildEngine(ground, { sink, metrics, outcomes, back })
  const unnoted = (cause: unknown) => log.warn('an event of our own is recorded later', { cause })
  const intake = createIntake({ store, engine, clock, metrics, arrived: () => back.arrived(), failed: unnoted })
  const endpoint = whatsapp ? () => endpointOf(whatsapp()) : endpointOf(config)
  const kinds = (desk: Desk) => [
    createCloudKind({ desk, graphUrl: config.graph_url }),
    createWebKind({ desk, endpoint, guard }),
  ]
  const offered = ({ id, showQr }: Account, offer: PairingOffer) => void (showQr && ground.show?.(id, offer))
  const { dropped } = metrics
  const lines = createLines({ store, intake, clock, log, publicId: publicIds.of, offered, dropped, kinds })
  return { metrics, outcomes, publicIds, back, sink, engine, intake, lines }
}

type Base = ReturnType<typeof buildBase>

/** The nouns of the gateway, and what calls back up to them. */
function buildNouns(config: Config, ground: Ground, base: Base) {
  const { data, guard, clock, log } = ground
  const { store, outbox } = data
  const { metrics, outcomes, publicIds, back, sink, engine, intake, lines } = base
  const business = createBusiness(lines)
  const messages = createMessages({ store, lines, intake, publicIds, clock, log, metrics, guard, outbox })
  const hooks = createHooks({ store, engine, sink, intake, clock, ...rules(guard) })
  const media = createMedia({ clock, log, ...kept(config), ...filesOf(config, ground), store, lines, business, intake })
  back.answered = createReplies({ messages, log, readSend, outbox })
  back.complete = media.complete
  back.arrived = media.arrived
  back.gone = ({ no, id }) =>
    void hooks
      .switchOff(no, 'It answered 410 Gone')
      .catch((cause) => log.error('a hook could not be switched off', { hook: id, cause }))
  const linking = createLinking({ store, lines, intake, clock, log, deviceOf })
  const turns = { linking, inTurn: createKeyedQueue(), now: () => clock.now() }
  const accounts = createAccounts({ store, guard, lines, intake, messages, ...turns, publicUrl: config.public_url })
  return {
    hooks,
    messages,
    media,
    business,
    accounts,
    linking,
    pairing: createPairing({ store, lines, accounts, ...turns }),
    deliveries: createDeliveries({ store, engine, hooks }),
    cache: createCache({ enabled: config['event_cache.enabled'], store, engine, hooks, outcomes, clock }),
    audit: createAudit({ store, clock, log }),
    keys: createKeys({ store, clock, hasAccount: (id) => lines.account(id) !== null }),
    callbacks: { receive: (request: CallbackRequest) => lines.callback(request) },
    housekeeping: createHousekeeping({ store, hooks, clock, log, sweepMedia: media.sweep, ...kept(config) }),
  }
}

function systemOf(
  { data: { store } }: Ground,
  { base, hooks, phase }: { base: Base; hooks: Hooks; phase: Parts['phase'] },
): SystemPart {
  return createSystem({ store, metrics: base.metrics, hooks, lines: base.lines, phase: () => phase.now })
}

function buildEngine(
  { data: { store }, clock, log }: Ground,
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

/** How long things are kept, ms. */
function kept(config: Config) {
  return {
    retentionMs: config.retention_days * DAY_MS,
    keptMs: config.media_retention_days * DAY_MS,
    auditMs: config.audit_days * DAY_MS,
    cache: { maxAgeMs: config['event_cache.max_age'] * 1000, maxEvents: config['event_cache.max_events'] },
  }
}

/** Links to files begin where the outside reaches this server, or else where it listens. */
function filesOf({ public_url: publicUrl }: Config, { data, url }: Ground) {
  const base = (): string => publicUrl?.replace(/\/+$/, '') ?? url()
  return { key: data.linkKey, base, folder: data.media, outbox: data.outbox }
}

/** Where WhatsApp is, and whom to believe there. Fails with `invalid`, naming the setting. */
function endpointOf({ whatsapp_url: url, whatsapp_trust: file }: ReturnType<WhatsAppPlace>): Endpoint {
  try {
    return readEndpoint(url, file === null ? null : JSON.parse(readFileSync(file, 'utf8')))
  } catch (thrown) {
    const { message } = thrown as Error
    const sentence = message.startsWith('whatsapp_')
      ? message
      : `whatsapp_trust: the file ${file} cannot be read (${message})`
    throw new Failure('invalid', sentence)
  }
}
