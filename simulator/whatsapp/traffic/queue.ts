// What waits for a linked device: kept until the device confirms it, and sent again at its next login.
import type { Companion } from '../state.ts'
import { SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import type { World } from '../world.ts'

/** Sends to a linked device, now or as soon as it is there; at least once. */
export function deliver(companion: Companion, what: Stanza): void {
  if (companion.removed) return
  companion.pending.set(keyOf(what), what)
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
  for (const [key, what] of companion.pending) {
    if (what.tag === tag && what.attrs.id === id) companion.pending.delete(key)
  }
  world.news.tell('settled', companion, tag, id)
}

/** Something between client and server that is neither asked nor answered. */
export function serverSays(what: Stanza): Stanza {
  return stanza('ib', { from: SERVER }, [what])
}

function keyOf({ tag, attrs }: Stanza): string {
  return [tag, attrs.id, attrs.type, attrs.from, attrs.participant].join(' ')
}
