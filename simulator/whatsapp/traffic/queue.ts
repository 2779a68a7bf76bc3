// What waits for a linked device: kept until the device confirms it, and sent again at its next login.
import type { Companion } from '../state.ts'
import { SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import type { World } from '../world.ts'

/** Sends to a linked device, now or as soon as it is there; at least once. */
export function deliver(companion: Companion, what: Stanza): void {
  if (companion.removed) return
  const key = keyOf(what)
  companion.pending.set(key, what)
  const all = keysOf(companion)
  const name = nameOf(what.tag, what.attrs.id)
  all.set(name, (all.get(name) ?? new Set()).add(key))
  if (companion.active) companion.connection?.send(what)
}

/** Sends to a linked device only if it is there: presence and the like. */
export function mention(companion: Companion, what: Stanza): void {
  if (companion.active) companion.connection?.send(what)
}

/** The device asked for its messages: those that waited go out, framed by their count. */
export function drain(world: World, companion: Companion): void {
  const { connection, pending } = companion
  if (!connection) return
  companion.active = true
  const waiting = [...pending.values()]
  const count = (tag: string): string => String(waiting.filter((what) => what.tag === tag).length)
  const preview = { message: count('message'), receipt: count('receipt'), notification: count('notification') }
  const total = String(waiting.length)
  connection.send(serverSays(stanza('offline_preview', { count: total, ...preview, appdata: '0' })))
  for (const [index, what] of waiting.entries()) {
    connection.send({ ...what, attrs: { ...what.attrs, offline: String(index) } })
  }
  connection.send(serverSays(stanza('offline', { count: total })))
  world.news.tell('active', companion)
}

/** Sends what the device has not confirmed once more. */
export function resend({ active, connection, pending }: Companion): void {
  if (active) for (const what of pending.values()) connection?.send(what)
}

/** The device confirmed: nothing of this id and tag waits any more. */
export function settle(world: World, companion: Companion, { tag, id }: { tag: string; id: string }): void {
  const all = keysOf(companion)
  for (const key of all.get(nameOf(tag, id)) ?? []) companion.pending.delete(key)
  all.delete(nameOf(tag, id))
  world.news.tell('settled', companion, tag, id)
}

/** Something between client and server that is neither asked nor answered. */
export function serverSays(what: Stanza): Stanza {
  return stanza('ib', { from: SERVER }, [what])
}

/** The keys of what waits, by what a confirmation names: a long queue is not searched for each one. */
const keys = new WeakMap<Companion, Map<string, Set<string>>>()

function keysOf(companion: Companion): Map<string, Set<string>> {
  const known = keys.get(companion) ?? new Map<string, Set<string>>()
  keys.set(companion, known)
  return known
}

const nameOf = (tag: string, id = ''): string => `${tag} ${id}`

function keyOf({ tag, attrs }: Stanza): string {
  return [tag, attrs.id, attrs.type, attrs.from, attrs.participant].join(' ')
}
