// Puts the simulator together and starts it.
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createActivity } from './activity.ts'
import { sendChanges, verifyCallback } from './callbacks/callbacks.ts'
import { addGroup, customerOf } from './callbacks/customers.ts'
import { receive, receiveMedia } from './callbacks/inbound.ts'
import { createOutbox } from './callbacks/outbox.ts'
import { createCaller } from './callbacks/post.ts'
import { deliverWaiting, readByCustomer } from './callbacks/statuses.ts'
import { addNumber, addToken, changeNumber, setApp } from './control/admin.ts'
import { createControl } from './control/control.ts'
import { managedDoor } from './control/managed-door.ts'
import { createFaults, type Faults } from './faults.ts'
import { createLimitKeeper, type LimitKeeper } from './graph/limits.ts'
import { expireMedia } from './graph/media/stored.ts'
import { newGroupId } from './ids.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'
import { createServer } from './server.ts'
import type { Customer, MetaSimulator, MetaSimulatorOptions } from './simulator.ts'
import { createSpool } from './spool.ts'
import { type CustomerProfile, createState } from './state.ts'
import type { World } from './world.ts'

const quickRetries = [1000, 2000, 5000, 10_000, 30_000]

/** Starts a simulated Meta on loopback. Close it at the end: until then it keeps the process alive. */
export async function startMetaSimulator(options: MetaSimulatorOptions = {}): Promise<MetaSimulator> {
  const world = createWorld(options)
  const parts = { world, faults: createFaults(), log: createRequestLog(), limits: createLimitKeeper(world) }
  // The control API needs the simulator, and the simulator its address, which is known only once the server listens.
  const control = createControl(() => simulator)
  const server = createServer({ ...parts, control })
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const simulator = createSimulator(parts, server, options)
  return simulator
}

function createWorld(options: MetaSimulatorOptions): World {
  const state = createState(options.statusDelays, options.templateReviewMs)
  const clock = options.clock ?? Date
  const now = (): number => clock.now() + state.clockOffset
  const activity = createActivity()
  const caller = createCaller()
  const callbackTimeoutMs = options.callbackTimeoutMs ?? 10_000
  const outbox = createOutbox({
    ...{ activity, caller, now, timeoutMs: callbackTimeoutMs },
    retryScheduleMs: options.retryScheduleMs ?? quickRetries,
    concurrency: options.callbackConcurrency ?? 1,
  })
  return { state, activity, outbox, caller, spool: createSpool(), address: { url: '' }, callbackTimeoutMs, now }
}

type Parts = { world: World; faults: Faults; log: RequestLog; limits: LimitKeeper }

function createSimulator(parts: Parts, server: Server, options: MetaSimulatorOptions): MetaSimulator {
  const { world, faults, log } = parts
  const { state, outbox } = world
  const { port } = server.address() as AddressInfo
  const url = `http://${options.host ?? '127.0.0.1'}:${port}`
  world.address.url = url
  return {
    url,
    port,
    addNumber: (wanted) => addNumber(world, wanted),
    addToken: (wanted) => addToken(world, wanted),
    app: (id, change) => void setApp(world, id, change),
    changeNumber: (id, change) => changeNumber(world, id, change),
    customer: (id, profile) => createCustomer(world, id, profile),
    addGroup: (id = newGroupId()) => addGroup(state, id),
    ...managedDoor(world),
    verifyCallback: (id) => verifyCallback(world, id),
    sendCallback: (changes) => sendChanges(world, Array.isArray(changes) ? changes : [changes]),
    callbacks: () => outbox.list(),
    holdCallbacks: () => outbox.hold(),
    releaseCallbacks: (how) => outbox.release(how),
    repeatCallback: (id) => outbox.repeat(id),
    faults: { add: (rule) => faults.add(rule), list: () => faults.list(), clear: (id) => faults.clear(id) },
    limits: (change) => structuredClone(Object.assign(state.limits, change)),
    statusDelays: (change) => ({ ...Object.assign(state.delays, change) }),
    advance(ms) {
      state.clockOffset += ms
    },
    requests: () => log.list(),
    messages: () => structuredClone([...state.messages.values()]),
    media: () => structuredClone([...state.media.values()]),
    expireMedia: (id, what = 'id') => expireMedia(world, id, what),
    settled: () => world.activity.settled(),
    reset() {
      forget(parts)
      Object.assign(state, createState(options.statusDelays, options.templateReviewMs))
    },
    close: () => close(parts, server),
  }
}

function createCustomer(world: World, id: string, profile?: CustomerProfile): Customer {
  const record = customerOf(world.state, id, profile)
  if (profile?.online) deliverWaiting(world, record)
  return {
    id: record.id,
    says: (body, to) => receive(world, record, { type: 'text', text: { body } }, to),
    sends: (message, to) => receive(world, record, message, to),
    sendsMedia: (kind, file, to) => receiveMedia(world, record, { kind, file, to }),
    reads: (wamid, status = 'read') => readByCustomer(world, record, wamid, status),
  }
}

function forget({ world, faults, log, limits }: Parts): void {
  world.activity.cancel()
  world.outbox.clear()
  void world.spool.clear()
  faults.clear()
  log.clear()
  limits.clear()
}

async function close({ world }: Parts, server: Server): Promise<void> {
  world.activity.cancel()
  world.outbox.clear()
  world.caller.close()
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
  await world.spool.clear()
}
