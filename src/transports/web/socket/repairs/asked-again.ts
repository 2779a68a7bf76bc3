// What was sent, for those who ask for it again and may have it.
import type { GroupMetadata, SocketConfig } from 'baileys'
import type { SocketParts } from '../../port.ts'
import type { Library } from '../library.ts'

export interface AskedParts {
  readonly lib: Library
  readonly sent: SocketParts['sent']
  readonly group: (id: string) => Promise<Pick<GroupMetadata, 'participants'>>
}

/**
 * The library hands a message to whoever knows its id and chat, and in a group the key of the group with it: there, who is
 * no member (any more) gets nothing.
 */
export function whatWasSent({ lib, sent, group }: AskedParts): SocketConfig['getMessage'] {
  const isMember = async (id: string, who: string): Promise<boolean> => {
    const { participants } = await group(id)
    return participants.some(({ id, lid, phoneNumber }) =>
      [id, lid, phoneNumber].some((name) => name !== undefined && lib.areJidsSameUser(name, who)),
    )
  }
  return async ({ id, remoteJid, participant }) => {
    if (!id || !remoteJid) return undefined
    if (lib.isJidGroup(remoteJid) && participant && !(await isMember(remoteJid, participant))) return undefined
    const content = await sent(id, remoteJid)
    return content === null ? undefined : lib.proto.Message.fromObject({ ...content })
  }
}
