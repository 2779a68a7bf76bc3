// What WhatsApp tells linked devices about the account and its contacts, besides messages.
import { createHash, randomBytes } from 'node:crypto'
import { createDevice } from '../phones/device.ts'
import type { Account, Companion } from '../state.ts'
import { addressesOf, hashOf as devicesHash } from '../traffic/device-lists.ts'
import { deliver } from '../traffic/queue.ts'
import { deviceAddress, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { companionsOf, stamp, type World } from '../world.ts'

/** A notification of any type to all linked devices of an account, or all but one. Answers its id. */
export function notify(
  world: World,
  to: Account,
  about: { type: string; from: string; attrs?: Record<string, string | undefined>; except?: Companion },
  parts: Stanza[],
): string {
  const { type, from, attrs, except } = about
  const id = randomBytes(5).readUIntBE(0, 5).toString()
  const what = stanza('notification', { from, type, id, t: stamp(world), ...attrs }, parts)
  for (const companion of companionsOf(to)) if (companion !== except) deliver(companion, what)
  return id
}

/** The phone's settings changed: messages of new chats disappear after so many seconds, 0 never. */
export function tellDisappearing(world: World, account: Account, seconds: number): void {
  const part = stanza('disappearing_mode', { duration: String(seconds), t: stamp(world) })
  notify(world, account, { type: 'account_sync', from: account.pn }, [part])
}

/** Somebody was blocked on the phone, or no longer is. */
export function tellBlocked(world: World, account: Account, whom: Account, isBlocked: boolean): void {
  if (isBlocked) account.blocked.add(whom.lid)
  else account.blocked.delete(whom.lid)
  const item = stanza('item', { jid: whom.lid, pn_jid: whom.pn, action: isBlocked ? 'block' : 'unblock' })
  const attrs = { action: 'modify', dhash: hashOf([...account.blocked]) }
  notify(world, account, { type: 'account_sync', from: account.pn }, [stanza('blocklist', attrs, [item])])
}

/** A contact linked a device, or unlinked one: whoever writes to it encrypts for another set of devices. */
export function tellDevices(
  world: World,
  to: Account,
  { contact, companion, is }: { contact: Account; companion: Companion; is: 'add' | 'remove' },
): void {
  const { id } = companion
  const names = { jid: deviceAddress(contact.pn, id), lid: deviceAddress(contact.lid, id) }
  const parts = [
    stanza('device', { ...names, 'key-index': String(id) }),
    stanza('key-index-list', { ts: stamp(world) }),
  ]
  const attrs = { lid: contact.lid, notify: contact.name }
  const change = stanza(is, { device_hash: devicesHash(addressesOf(contact, 'pn')) }, parts)
  notify(world, to, { type: 'devices', from: contact.pn, attrs, except: companion }, [change])
}

/** Whoever has written with somebody hears of a device that was linked or unlinked there; so do the account's own devices. */
export function openDeviceNews(world: World): void {
  const tell = (companion: Companion, is: 'add' | 'remove'): void => {
    const { account } = companion
    for (const to of [account, ...account.contacts]) tellDevices(world, to, { contact: account, companion, is })
  }
  world.news.on('linked', (companion) => tell(companion, 'add'))
  world.news.on('unlinked', (companion) => tell(companion, 'remove'))
}

/** WhatsApp holds few keys of this device, and wants more. The others are thrown away. */
export function runLowOnKeys(world: World, companion: Companion, left = 2): void {
  companion.oneTime.splice(left)
  const id = randomBytes(5).readUIntBE(0, 5).toString()
  const attrs = { from: SERVER, type: 'encrypt', id, t: stamp(world) }
  deliver(companion, stanza('notification', attrs, [stanza('count', { value: String(companion.oneTime.length) })]))
}

/** The phone of `contact` was set up anew: other keys, no sessions; and `to` hears of it. */
export function reinstall(world: World, contact: Account, to: readonly Account[]): void {
  contact.device = createDevice()
  for (const account of to) {
    notify(world, account, { type: 'encrypt', from: contact.lid, attrs: { pn: contact.pn } }, [stanza('identity')])
  }
}

/** The phone changed settings of this collection: the device is to ask for them. */
export function tellSettings(world: World, account: Account, collection: string, version: number): void {
  const part = stanza('collection', { name: collection, version: String(version) })
  notify(world, account, { type: 'server_sync', from: SERVER }, [part])
}

/** WhatsApp does not let this account write to new people until then (milliseconds since the epoch); null: again. */
export function tellTimelock(world: World, account: Account, until: number | null): void {
  const limit =
    until === null
      ? { is_active: false }
      : {
          is_active: true,
          time_enforcement_ends: String(Math.floor(until / 1000)),
          enforcement_type: 'RESTRICT_ALL_COMPANIONS',
        }
  const data = { data: { xwa2_notify_account_reachout_timelock: limit } }
  const part = stanza(
    'update',
    { op_name: 'NotificationUserReachoutTimelockUpdate' },
    Buffer.from(JSON.stringify(data)),
  )
  notify(world, account, { type: 'mex', from: SERVER }, [part])
}

const hashOf = (addresses: readonly string[]): string =>
  createHash('sha256').update(addresses.toSorted().join('')).digest('base64').slice(0, 8)
