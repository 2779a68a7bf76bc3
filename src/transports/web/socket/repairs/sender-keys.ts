// Whoever is no longer in a group does not read on: what has this number's key for the group, and is none of its devices
// any more, makes the key worthless. The library keeps one key for ever.
import type { GroupMetadata, WASocket } from 'baileys'

export interface SenderKeyParts {
  readonly sock: Pick<WASocket, 'authState' | 'signalRepository' | 'getUSyncDevices'>
  /** Who is in a group, as the library will see it when it sends. */
  readonly group: (id: string) => Promise<Pick<GroupMetadata, 'participants'>>
}

/**
 * To be called before each message to a group, so that it does not matter whether WhatsApp told of who left, or of a device
 * that was unlinked, while this server was away. In the library's lock for sending: never while a message is half way.
 */
export async function renewSenderKey({ sock, group }: SenderKeyParts, id: string): Promise<void> {
  const { creds, keys } = sock.authState
  const { me } = creds
  if (!me) return
  const { participants } = await group(id)
  const devices = await sock.getUSyncDevices(
    participants.map((member) => member.id),
    true,
    false,
  )
  const present = new Set(devices.map(({ jid }) => jid))
  const names = [me.id, me.lid].flatMap((own) => (own ? [keyName(sock, id, own)] : []))
  await keys.transaction(async () => {
    const holders = Object.keys((await keys.get('sender-key-memory', [id]))[id] ?? {})
    // The library forgets who has the key when somebody asks for a message again: then nobody knows who does.
    if (holders.length > 0 && holders.every((jid) => present.has(jid))) return
    const known = await keys.get('sender-key', names)
    if (Object.keys(known).length === 0) return
    await keys.set({
      'sender-key': Object.fromEntries(names.map((name) => [name, null])),
      'sender-key-memory': { [id]: null },
    })
  }, me.id)
}

/** Under which name the library keeps our own key. */
function keyName({ signalRepository }: SenderKeyParts['sock'], group: string, own: string): string {
  const address = signalRepository.jidToSignalProtocolAddress(own)
  const dot = address.lastIndexOf('.')
  return `${group}::${address.slice(0, dot)}::${address.slice(dot + 1)}`
}
