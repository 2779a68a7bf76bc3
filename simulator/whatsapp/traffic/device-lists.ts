// Which devices a message should be for, as a hash: a sender that knows another list is told by it.
import { createHash } from 'node:crypto'
import type { Account, Addressing, Companion } from '../state.ts'
import { addressOf, child, children, deviceAddress, type Stanza } from '../wire/stanza.ts'
import { addressingOf, type Caller, companionsOf, find, nameOf, type World } from '../world.ts'

/** `2:` and the first six bytes of the SHA-256 over the sorted addresses. */
export function hashOf(addresses: readonly string[]): string {
  const digest = createHash('sha256').update(addresses.toSorted().join('')).digest()
  return `2:${digest.subarray(0, 6).toString('base64')}`
}

/** All addresses of an account's devices, the phone's first, but for one. */
export function addressesOf(account: Account, addressing: Addressing, but?: Companion): string[] {
  const linked = companionsOf(account).filter((companion) => companion !== but)
  return [0, ...linked.map(({ id }) => id)].map((id) => deviceAddress(nameOf(account, addressing), id))
}

/**
 * The right hash, for the acknowledgement of a message to one person that was not made for exactly the devices that there
 * are; undefined when it was. Such a message reaches those for whom it was made all the same.
 */
export function staleHash(world: World, { account, companion }: Caller, message: Stanza): string | undefined {
  const { to = '', category } = message.attrs
  const other = find(world, to)
  const listed = children(child(message, 'participants'), 'to').map(({ attrs }) => attrs.jid ?? '')
  if (!other || category === 'peer' || listed.length === 0) return undefined
  const addressing = addressingOf(to)
  const own = addressesOf(account, addressing, companion)
  const wanted = other === account ? own : [...own, ...addressesOf(other, addressing)]
  const plain = (jid: string): string => deviceAddress(jid, addressOf(jid).device)
  const isSame = listed.map(plain).toSorted().join() === wanted.toSorted().join()
  return isSame ? undefined : hashOf(wanted)
}
