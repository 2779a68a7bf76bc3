// The doors of the server itself: its faults are switched here, and its records read.

import type { DeviceName, ServerDoor } from './simulator.ts'
import type { Companion } from './state.ts'
import { resend } from './traffic/queue.ts'
import type { Connection } from './wire/connection.ts'
import { stanza } from './wire/stanza.ts'
import { need, type World } from './world.ts'

export function serverDoor(world: World): ServerDoor {
  const { state, news } = world
  return {
    ...troubles(world),
    ...refusals(world),
    iqs: () => Object.fromEntries(state.asked),
    unhandled: () => [...state.unhandled],
    receipts: () => [...state.receipts],
    unread: () => [...state.unread],
    broken: () => [...state.broken],
    clears: () => clear(world),
    connections: () => world.connections.size,
    sends: (device, what) => companionOf(world, device).connection?.send(what),
    on: (name, listener) => news.on(name, listener),
    wait: (condition, options) => news.wait(condition, options),
  }
}

type Troubles = Pick<ServerDoor, 'goesSilent' | 'speaksAgain' | 'drops' | 'streamError'>

function troubles(world: World): Troubles {
  const { faults } = world
  return {
    goesSilent(device) {
      if (device) faults.silentDevices.add(companionOf(world, device))
      else faults.silent = true
      for (const connection of connectionsOf(world, device)) connection.silent = true
    },
    speaksAgain(device) {
      if (device) faults.silentDevices.delete(companionOf(world, device))
      else {
        faults.silent = false
        faults.silentDevices.clear()
      }
      for (const connection of connectionsOf(world, device)) {
        connection.silent = false
        const companion = world.connections.get(connection)
        if (companion) resend(companion)
      }
    },
    drops(device) {
      for (const connection of connectionsOf(world, device)) connection.cut()
    },
    streamError(code, device) {
      const { attrs, conflict } = endings[code] ?? { attrs: { code }, conflict: null }
      const parts = conflict ? [stanza('conflict', { type: conflict })] : []
      for (const connection of connectionsOf(world, device)) connection.streamError(attrs, parts)
    },
  }
}

/** Streams that WhatsApp ends with a conflict; one that was replaced carries no code, clients know it as 440. */
const endings: Readonly<Record<string, { attrs: Record<string, string>; conflict: string | null }>> = {
  '401': { attrs: { code: '401' }, conflict: 'device_removed' },
  '440': { attrs: {}, conflict: 'replaced' },
}

type Refusals = Pick<
  ServerDoor,
  | 'refusesLogin'
  | 'letsIn'
  | 'holdsAcks'
  | 'releasesAcks'
  | 'answersAck'
  | 'corruptsNext'
  | 'throttlesLookups'
  | 'limits'
  | 'wantsTokens'
  | 'failsLinks'
  | 'expiresQrs'
>

function refusals(world: World): Refusals {
  const { faults, state } = world
  return {
    refusesLogin(reason, forS = null) {
      faults.loginRefused = reason
      faults.refusedForS = forS
    },
    letsIn(revision) {
      faults.revision = revision
    },
    holdsAcks() {
      faults.acksHeld = true
    },
    releasesAcks() {
      faults.acksHeld = false
      for (const { connection, ack } of state.heldAcks.splice(0)) connection.send(ack)
    },
    answersAck(error) {
      faults.ackError = error
    },
    corruptsNext(count = 1) {
      faults.corrupting = count
    },
    throttlesLookups(count = 1) {
      faults.throttled = count
    },
    limits(of, limit) {
      if (limit) faults.limits.set(of, { ...limit, done: new WeakMap() })
      else faults.limits.delete(of)
    },
    wantsTokens(on) {
      faults.wantsTokens = on
    },
    failsLinks(fault) {
      faults.linking = fault
    },
    expiresQrs() {
      for (const { refs } of state.candidates.values()) for (const ref of refs) ref.until = 0
    },
  }
}

function clear({ state }: World): void {
  for (const list of [state.receipts, state.unread, state.unhandled, state.broken]) list.length = 0
  state.asked.clear()
  for (const account of new Set(state.accounts.values())) account.inbox.length = 0
}

function connectionsOf(world: World, device: DeviceName | undefined): Connection[] {
  if (!device) return [...world.connections.keys()]
  const { connection } = companionOf(world, device)
  return connection ? [connection] : []
}

function companionOf(world: World, { phone, id }: DeviceName): Companion {
  const companion = need(world, phone).companions.get(id)
  if (!companion) throw new Error(`${phone} has no linked device ${id}`)
  return companion
}
