// Sends a message that went out once more, to one device alone: the others have it.
import type { proto, WASocket } from 'baileys'
import type { Library } from '../library.ts'

export interface OnceMore {
  readonly chat: string
  readonly id: string
  readonly message: proto.IMessage
  /** The one device; without a number it is the phone. */
  readonly device: string
  /** How often it was asked for. */
  readonly count: number
}

export interface OnceMoreParts {
  readonly lib: Library
  readonly sock: Pick<WASocket, 'authState' | 'signalRepository' | 'assertSessions' | 'sendNode'>
}

/** Encrypts it for that device, with the key of the group where it is for one. It keeps its id, by which phones know it. */
export async function sendOnceMore(parts: OnceMoreParts, again: OnceMore): Promise<void> {
  const { lib, sock } = parts
  const { chat, device, message } = again
  const { creds, keys } = sock.authState
  const { me, account } = creds
  if (!me || !account) throw new Error('This device is not linked')
  const isOwn = isOf(lib, me, device)
  await sock.assertSessions([device])
  const sealed = await keys.transaction(async () => {
    const whole = lib.isJidGroup(chat) ? await withKey(parts, again) : message
    const copy = { deviceSentMessage: { destinationJid: chat, message: whole } }
    const said = isOwn && !lib.isJidGroup(chat) ? copy : whole
    if (whole.senderKeyDistributionMessage) await noteHolder(parts, again)
    return sock.signalRepository.encryptMessage({ jid: device, data: lib.encodeWAMessage(said) })
  }, me.id)
  const enc = { v: '2', type: sealed.type, count: String(again.count) }
  await sock.sendNode({
    tag: 'message',
    attrs: { id: again.id, type: typeOf(message), ...whereTo(lib, again, isOwn) },
    content: [
      { tag: 'enc', attrs: enc, content: sealed.ciphertext },
      { tag: 'device-identity', attrs: {}, content: lib.encodeSignedDeviceIdentity(account, true) },
    ],
  })
}

/** Whether a device is one of this number's. */
export function isOf(
  lib: Library,
  me: { readonly id: string; readonly lid?: string | undefined },
  jid: string,
): boolean {
  return lib.areJidsSameUser(jid, me.id) || lib.areJidsSameUser(jid, me.lid)
}

function whereTo(lib: Library, { chat, device }: OnceMore, isOwn: boolean): Record<string, string> {
  if (lib.isJidGroup(chat)) return { to: chat, participant: device }
  return { to: device, ...(isOwn ? { recipient: chat } : null), device_fanout: 'false' }
}

async function withKey({ sock }: OnceMoreParts, { chat: group, message }: OnceMore): Promise<proto.IMessage> {
  const { signalRepository: signal, authState } = sock
  const { me } = authState.creds
  for (const meId of [me?.lid, me?.id]) {
    if (!meId || !(await signal.hasSenderKey({ group, meId }))) continue
    const key = await signal.getSenderKeyDistributionMessage({ group, meId })
    return {
      ...message,
      senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage: key },
    }
  }
  return message
}

/** Who got the group's key, so that it is known when it has to be another. Where nobody is known it becomes another anyway. */
async function noteHolder({ sock }: OnceMoreParts, { chat: group, device }: OnceMore): Promise<void> {
  const { keys } = sock.authState
  const holders = (await keys.get('sender-key-memory', [group]))[group]
  if (holders) await keys.set({ 'sender-key-memory': { [group]: { ...holders, [device]: true } } })
}

const FILES_AND_CARDS: readonly (keyof proto.IMessage)[] = [
  'imageMessage',
  'videoMessage',
  'audioMessage',
  'documentMessage',
  'stickerMessage',
  'contactMessage',
  'contactsArrayMessage',
]

/** What WhatsApp's server is told of the content: of what we send. */
function typeOf(message: proto.IMessage): string {
  const inner = message.ephemeralMessage?.message ?? message.documentWithCaptionMessage?.message ?? message
  if (inner.reactionMessage) return 'reaction'
  return FILES_AND_CARDS.some((name) => inner[name]) ? 'media' : 'text'
}
