// Devices that a message was not made for, because they were linked since their list was read: WhatsApp answers such a
// message with a hash of the right list (`phash`), and those left out get it then. The library passes over the hash.
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { GroupMetadata, SocketConfig, WAMessage, WASocket } from 'baileys'
import { createLru } from '../../../../kit/lru.ts'
import type { Cache } from '../cache.ts'
import type { Library } from '../library.ts'
import { type OnceMoreParts, sendOnceMore } from './once-more.ts'

/** Messages whose answer is waited for, and chats whose list was found to be right. */
const MOST = 256
/** Devices that WhatsApp runs itself; they get no group's key. */
const HOSTED = 99

type MakeRepository = SocketConfig['makeSignalRepository']

interface Sending {
  readonly chat: string
  readonly devices: Set<string>
  readonly written: Promise<WAMessage | undefined>
}

export interface LeftOutParts {
  readonly lib: Library
  /** Lists of devices, by the user's name. */
  readonly devices: Cache
  /** Groups, by their jid. */
  readonly groups: Cache
  readonly group: (id: string) => Promise<Pick<GroupMetadata, 'participants'>>
}

export interface LeftOut {
  /** Has the library's repository note for which devices it encrypts. */
  noting(make: MakeRepository): MakeRepository
  /** Sends a message, and notes whom it is for. */
  send(
    about: { readonly id: string; readonly chat: string },
    work: () => Promise<WAMessage | undefined>,
  ): ReturnType<typeof work>
  /** Takes WhatsApp's answer to a message; resolves when nobody is left out. */
  acked(sock: LeftOutSocket, attrs: Readonly<Record<string, string | undefined>>): Promise<void>
}

type LeftOutSocket = OnceMoreParts['sock'] & Pick<WASocket, 'getUSyncDevices'>

export function createLeftOut(parts: LeftOutParts): LeftOut {
  const current = new AsyncLocalStorage<Set<string>>()
  const sendings = createLru<Sending>({ most: MOST })
  const settled = createLru<string>({ most: MOST })
  return {
    noting: (make) => (auth, logger, toLid) => {
      const repository = make(auth, logger, toLid)
      const encrypt = repository.encryptMessage.bind(repository)
      repository.encryptMessage = async (asked) => {
        const sealed = await encrypt(asked)
        current.getStore()?.add(asked.jid)
        return sealed
      }
      return repository
    },
    send({ id, chat }, work) {
      const devices = new Set<string>()
      const written = current.run(devices, work)
      written.catch(() => sendings.forget(id))
      sendings.set(id, { chat, devices, written })
      return written
    },
    async acked(sock, { id = '', phash, error }) {
      const sending = sendings.get(id)
      // The answer to what is sent once more is none to the message: it would go round in a circle.
      sendings.forget(id)
      if (!sending || !phash || error || settled.get(sending.chat) === phash) return
      const message = (await sending.written)?.message
      if (!message || isHashOf(sending.devices, phash, sock)) return
      const missing = await missingOf(parts, sock, sending)
      for (const device of missing)
        await sendOnceMore({ lib: parts.lib, sock }, { chat: sending.chat, id, message, device, count: 1 })
      // Should WhatsApp say it of each message, the list is not asked for again.
      settled.set(sending.chat, phash)
    },
  }
}

/** Who is to have it and was not thought of, by a list that is read anew. */
async function missingOf(parts: LeftOutParts, sock: LeftOutSocket, { chat, devices }: Sending): Promise<string[]> {
  const { lib, groups, group } = parts
  const { creds, keys } = sock.authState
  const { me } = creds
  if (!me) return []
  const isGroup = lib.isJidGroup(chat) === true
  if (isGroup) groups.del(chat)
  const own = lib.jidNormalizedUser(lib.isLidUser(chat) && me.lid ? me.lid : me.id)
  const who = isGroup ? (await group(chat)).participants.map(({ id }) => id) : [own, chat]
  for (const jid of who) parts.devices.del(lib.jidDecode(jid)?.user ?? '')
  const found = await sock.getUSyncDevices(who, true, false)
  const holders = isGroup ? (await keys.get('sender-key-memory', [chat]))[chat] : undefined
  const others = found.filter(({ jid, device }) => jid !== me.id && jid !== me.lid && !(isGroup && device === HOSTED))
  return others.flatMap(({ jid }) => (devices.has(jid) || holders?.[jid] ? [] : [jid]))
}

/**
 * Whether a hash is the one of these devices: `2:` and the first six bytes of the SHA-256 over their sorted addresses. With
 * or without our own, and in which of two spellings of an address, is not known for sure.
 */
function isHashOf(devices: ReadonlySet<string>, phash: string, sock: LeftOutSocket): boolean {
  const { me } = sock.authState.creds
  const isByLid = [...devices].some((jid) => jid.endsWith('@lid'))
  const own = (isByLid ? me?.lid : me?.id) ?? ''
  const lists = [[...devices], [...devices, own]]
  return lists.some((list) => [list, list.map(inFull)].some((spelt) => hashOf(spelt) === phash.replace(/=+$/, '')))
}

function hashOf(addresses: readonly string[]): string {
  const digest = createHash('sha256').update(addresses.toSorted().join('')).digest()
  return `2:${digest.subarray(0, 6).toString('base64')}`
}

/** `15551234567@s.whatsapp.net` is `15551234567.0:0@s.whatsapp.net`. */
function inFull(jid: string): string {
  const [user = '', server = ''] = jid.split('@')
  const [name = '', device = '0'] = user.split(':')
  return `${name}.0:${device}@${server}`
}
