// Who is there: a client that says who it is after the handshake, and what becomes of its connection.
import type { proto } from 'baileys'
import type { Companion } from '../state.ts'
import { serverSays } from '../traffic/queue.ts'
import type { Connection } from '../wire/connection.ts'
import { deviceAddress, stanza } from '../wire/stanza.ts'
import { stamp, type World } from '../world.ts'
import { offerLink } from './pairing.ts'

/** The handshake is over. A client without a name wants to be linked; one with a name has to hold that device's key. */
export function introduce(
  world: World,
  connection: Connection,
  { payload, clientKey }: { payload: proto.ClientPayload; clientKey: Buffer },
): void {
  const { loginRefused, refusedForS, revision, silentDevices } = world.faults
  const companion = world.state.accounts.get(String(payload.username))?.companions.get(payload.device ?? 0)
  if (loginRefused) connection.fail(loginRefused, refusedForS === null ? {} : { expire: String(refusedForS) })
  else if (revision !== null && payload.userAgent?.appVersion?.tertiary !== revision) connection.fail('405')
  else if (payload.devicePairingData)
    offerLink(world, connection, { data: payload.devicePairingData, noiseKey: clientKey })
  else if (!companion || companion.removed || !companion.noiseKey.equals(clientKey)) connection.fail('401')
  else {
    connection.silent = silentDevices.has(companion)
    logIn(world, connection, companion)
  }
}

function logIn(world: World, connection: Connection, companion: Companion): void {
  const { account, id } = companion
  const before = companion.connection
  before?.streamError({}, [stanza('conflict', { type: 'replaced' })])
  companion.connection = connection
  companion.active = false
  world.connections.set(connection, companion)
  const names = { lid: deviceAddress(account.lid, id), display_name: account.name }
  const attrs = { t: stamp(world), props: '27', companion_enc_static: '', ...names, location: 'sim' }
  connection.send(stanza('success', attrs))
  // Where the client is to be routed to next time; it repeats these bytes before its next handshake.
  const routing = stanza('routing_info', {}, Buffer.from([8, 12, 8, 2]))
  connection.send(serverSays(stanza('edge_routing', {}, [routing])))
  world.news.tell('login', companion)
}

/** The socket is closed. */
export function leave(world: World, connection: Connection): void {
  const companion = world.connections.get(connection)
  world.connections.delete(connection)
  const candidate = world.state.candidates.get(connection.id)
  if (candidate?.ends) clearTimeout(candidate.ends)
  world.state.candidates.delete(connection.id)
  if (companion?.connection === connection) {
    companion.connection = null
    companion.active = false
    world.news.tell('offline', companion)
  }
  world.news.tell('closed', connection)
}

/** A device is no longer linked: it is told, and never let in again. */
export function unlink(world: World, companion: Companion): void {
  companion.removed = true
  companion.pending.clear()
  companion.connection?.streamError({ code: '401' }, [stanza('conflict', { type: 'device_removed' })])
  world.news.tell('unlinked', companion)
}
