// Settings that all devices of an account share (names of contacts, pins, archived chats): encrypted patches, in order.
import { randomBytes } from 'node:crypto'
import { decodeSyncdPatch, encodeSyncdPatch, proto, type WAPatchCreate, type WAPatchName } from 'baileys'
import { type Answer, badRequest, type DeviceQuestion } from '../iq/answer.ts'
import type { MediaStore } from '../media/index.ts'
import { sayToOwn } from '../phones/sending.ts'
import { inTurn } from '../phones/turn.ts'
import type { Account } from '../state.ts'
import { bytesOf, child, children, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import type { World } from '../world.ts'
import { notify, tellSettings } from './notifications.ts'
import { type Collection, newCollection, snapshotOf } from './snapshot.ts'

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
  /** Whether a device that knows nothing gets all as one file (true at the start, as at WhatsApp), or patch by patch. */
  givesSnapshots(on: boolean): void
  /** `w:sync:app:state` */
  answer(question: DeviceQuestion): Promise<Answer>
}

type Key = { id: Buffer; data: proto.Message.IAppStateSyncKeyData }
type Kept = { key: Key; collections: Map<string, Collection> }

export function openAppState(world: World, media: MediaStore): AppState {
  const kept = new Map<Account, Kept>()
  let snapshots = true
  const of = (account: Account): Kept => {
    const known = kept.get(account) ?? { key: newKey(world.now()), collections: new Map() }
    kept.set(account, known)
    return known
  }
  const set = (account: Account, setting: Setting): Promise<void> =>
    inTurn(account, async () => {
      const version = await addPatch(of(account), setting)
      tellSettings(world, account, setting.collection, version)
    })
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
    givesSnapshots(on) {
      snapshots = on
    },
    // In turn with the phone, which makes patches of its own: two of the same version would both be taken.
    answer: (question) =>
      inTurn(question.account, () => answer(world, { question, kept: of(question.account), media, snapshots })),
  }
}

type Asked = { question: DeviceQuestion; kept: Kept; media: MediaStore; snapshots: boolean }

async function answer(world: World, { question, kept, media, snapshots }: Asked): Promise<Answer> {
  const { account, companion, part } = question
  if (part?.tag !== 'sync') return badRequest
  const answers: Stanza[] = []
  for (const asked of children(part, 'collection')) {
    const name = asked.attrs.name ?? ''
    const patch = child(asked, 'patch') ?? child(child(asked, 'patches'), 'patch')
    const collection = collectionOf(kept, name)
    if (patch && Number(asked.attrs.version ?? 0) === collection.patches.length) {
      const version = await takePatch(kept, { name, collection, bytes: bytesOf(patch) })
      answers.push(stanza('collection', { name, version }))
      const others = { type: 'server_sync', from: SERVER, except: companion }
      notify(world, account, others, [stanza('collection', { name, version })])
    } else answers.push(told(collection, asked, { patch, media: snapshots ? media : null }))
  }
  return [stanza('sync', {}, answers)]
}

/** What a device does not know yet. A patch that was made for an older version is refused (409) with it. */
function told(
  collection: Collection,
  asked: Stanza,
  { patch, media }: { patch: Stanza | undefined; media: MediaStore | null },
): Stanza {
  const { name = '', version: known = '0', return_snapshot: wantsAll } = asked.attrs
  const { patches } = collection
  const attrs = { name, version: String(patches.length), has_more_patches: 'false' }
  if (media && wantsAll === 'true' && patches.length > 0) {
    return stanza('collection', attrs, [stanza('snapshot', {}, snapshotOf(collection, media))])
  }
  const unknown = patches.slice(Number(known)).map((each) => stanza('patch', {}, Buffer.from(each)))
  const parts = unknown.length > 0 ? [stanza('patches', {}, unknown)] : []
  if (!patch) return stanza('collection', attrs, parts)
  return stanza('collection', { ...attrs, type: 'error' }, [
    ...parts,
    stanza('error', { code: '409', text: 'conflict' }),
  ])
}

type Taken = { name: string; collection: Collection; bytes: Buffer }

/** A device's patch: kept for the others as it is, and followed by the phone when it is sealed with the phone's key. */
async function takePatch({ key }: Kept, { name, collection, bytes }: Taken): Promise<string> {
  const { state, patches } = collection
  const version = patches.length + 1
  const patch = proto.SyncdPatch.decode(bytes)
  patch.version = { version }
  patches.push(proto.SyncdPatch.encode(patch).finish())
  if (!state) return String(version)
  const keyOf = async (id: string) => (id === key.id.toString('base64') ? key.data : undefined)
  try {
    // It goes on from the state that it is given, and changes that.
    const now = await decodeSyncdPatch(patch, name as WAPatchName, state, keyOf as never, () => {}, true)
    collection.state = { ...now, version }
  } catch {
    collection.state = null
  }
  return String(version)
}

async function addPatch(kept: Kept, { collection: name, index, value, version = 1 }: Setting): Promise<number> {
  const collection = collectionOf(kept, name)
  if (!collection.state) throw new Error(`a linked device has changed ${name} with a key that the phone does not know`)
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
  const known = collections.get(name) ?? newCollection()
  collections.set(name, known)
  return known
}

const newKey = (now: number): Key => ({
  id: Buffer.concat([Buffer.from([0, 0]), randomBytes(4)]),
  data: { keyData: randomBytes(32), fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] }, timestamp: now },
})
