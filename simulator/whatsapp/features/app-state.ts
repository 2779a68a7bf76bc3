// Settings that all devices of an account share (names of contacts, pins, archived chats): encrypted patches, in order.
import { randomBytes } from 'node:crypto'
import { encodeSyncdPatch, proto, type WAPatchCreate, type WAPatchName } from 'baileys'
import { type Answer, badRequest, type DeviceQuestion } from '../iq/answer.ts'
import { sayToOwn } from '../phones/sending.ts'
import { inTurn } from '../phones/turn.ts'
import type { Account } from '../state.ts'
import { bytesOf, child, children, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import type { World } from '../world.ts'
import { notify, tellSettings } from './notifications.ts'

/** One setting: `["contact","15551234567@s.whatsapp.net"]` and its value, in the collection where WhatsApp keeps it. */
export type Setting = {
  collection: WAPatchName
  index: readonly string[]
  value: proto.ISyncActionValue
  /** Version of that kind of setting; WhatsApp numbers them. */
  version?: number
}

export type AppState = {
  /** The phone gives a device the key that opens the settings; without it the device leaves them aside. */
  shareKey(account: Account, device: number): Promise<string>
  /** The phone changes a setting; the linked devices are told to fetch it. */
  set(account: Account, setting: Setting): Promise<void>
  /** How a contact is called in the address book of the phone. */
  nameContact(account: Account, contact: Account, name: string): Promise<void>
  /** Patches of a collection so far, those of linked devices included. */
  patches(account: Account, collection: WAPatchName): number
  /** `w:sync:app:state` */
  answer(question: DeviceQuestion): Answer
}

type Key = { id: Buffer; data: proto.Message.IAppStateSyncKeyData }
type HashState = Parameters<typeof encodeSyncdPatch>[2]
/** `state` is null once a linked device changed something: the phone here cannot follow that, and makes no patches more. */
type Collection = { patches: Uint8Array[]; state: HashState | null }
type Kept = { key: Key; collections: Map<string, Collection> }

export function openAppState(world: World): AppState {
  const kept = new Map<Account, Kept>()
  const of = (account: Account): Kept => {
    const known = kept.get(account) ?? { key: newKey(world.now()), collections: new Map() }
    kept.set(account, known)
    return known
  }
  const set = async (account: Account, setting: Setting): Promise<void> => {
    const version = await addPatch(of(account), setting)
    tellSettings(world, account, setting.collection, version)
  }
  return {
    set,
    shareKey(account, device) {
      const { id, data } = of(account).key
      const type = proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE
      const keys = [{ keyId: { keyId: id }, keyData: data }]
      const content = { protocolMessage: { type, appStateSyncKeyShare: { keys } } }
      return inTurn(account, () => sayToOwn(world, account, { device, content }))
    },
    nameContact: (account, contact, name) =>
      set(account, {
        ...{ collection: 'critical_unblock_low', index: ['contact', contact.pn], version: 2 },
        value: { contactAction: { fullName: name, firstName: name.split(' ')[0] ?? name, lidJid: contact.lid } },
      }),
    patches: (account, collection) => of(account).collections.get(collection)?.patches.length ?? 0,
    answer({ account, companion, part }) {
      if (part?.tag !== 'sync') return badRequest
      const changed: string[] = []
      const answers = children(part, 'collection').map((asked) => {
        const collection = collectionOf(of(account), asked.attrs.name ?? '')
        const { told, took } = answerCollection(collection, asked)
        if (took) changed.push(asked.attrs.name ?? '')
        return told
      })
      for (const name of changed) {
        const version = String(collectionOf(of(account), name).patches.length)
        const others = { type: 'server_sync', from: SERVER, except: companion }
        notify(world, account, others, [stanza('collection', { name, version })])
      }
      return [stanza('sync', {}, answers)]
    },
  }
}

/** A patch that was made for an older version is refused (409), with the patches that it does not know. */
function answerCollection(collection: Collection, asked: Stanza): { told: Stanza; took: boolean } {
  const { name = '', version = '0' } = asked.attrs
  const patch = child(asked, 'patch') ?? child(child(asked, 'patches'), 'patch')
  const known = Number(version)
  const isCurrent = known === collection.patches.length
  if (patch && isCurrent) {
    const decoded = proto.SyncdPatch.decode(bytesOf(patch))
    decoded.version = { version: known + 1 }
    collection.patches.push(proto.SyncdPatch.encode(decoded).finish())
    collection.state = null
    return { told: stanza('collection', { name, version: String(known + 1) }), took: true }
  }
  const unknown = collection.patches.slice(known).map((each) => stanza('patch', {}, Buffer.from(each)))
  const attrs = { name, version: String(collection.patches.length), has_more_patches: 'false' }
  const parts = unknown.length > 0 ? [stanza('patches', {}, unknown)] : []
  if (!patch) return { told: stanza('collection', attrs, parts), took: false }
  const error = stanza('error', { code: '409', text: 'conflict' })
  return { told: stanza('collection', { ...attrs, type: 'error' }, [...parts, error]), took: false }
}

async function addPatch(kept: Kept, { collection: name, index, value, version = 1 }: Setting): Promise<number> {
  const collection = collectionOf(kept, name)
  if (!collection.state) throw new Error(`a linked device has changed ${name}, and the phone here cannot follow that`)
  const { id, data } = kept.key
  const create: WAPatchCreate = {
    ...{ type: name, index: [...index], apiVersion: version },
    ...{ syncAction: value, operation: proto.SyncdMutation.SyncdOperation.SET },
  }
  const { patch, state } = await encodeSyncdPatch(create, id.toString('base64'), collection.state, async () => data)
  collection.state = state
  collection.patches.push(proto.SyncdPatch.encode({ ...patch, version: { version: state.version } }).finish())
  return state.version
}

function collectionOf({ collections }: Kept, name: string): Collection {
  const known = collections.get(name) ?? {
    patches: [],
    state: { version: 0, hash: Buffer.alloc(128), indexValueMap: {} },
  }
  collections.set(name, known)
  return known
}

const newKey = (now: number): Key => ({
  id: Buffer.concat([Buffer.from([0, 0]), randomBytes(4)]),
  data: { keyData: randomBytes(32), fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] }, timestamp: now },
})
