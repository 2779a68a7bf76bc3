// What the library leaves undone about the messages that go out, as one thing beside its connection.
import type { BinaryNode, SocketConfig, WAMessage, WASocket } from 'baileys'
import type { Caches } from '../cache.ts'
import type { Library } from '../library.ts'
import { createLeftOut } from './left-out.ts'
import { answerRetries } from './retries.ts'
import { renewSenderKey } from './sender-keys.ts'

export interface RepairParts {
  readonly lib: Library
  readonly caches: Caches
  readonly group: SocketConfig['cachedGroupMetadata']
  readonly getMessage: SocketConfig['getMessage']
  readonly makeRepository: SocketConfig['makeSignalRepository']
  readonly troubled: (error: unknown) => void
}

export interface Repairs {
  /** In place of the one that was given. */
  readonly makeRepository: SocketConfig['makeSignalRepository']
  /** To be done with the connection, once there is one. */
  with(sock: WASocket): {
    acked(attrs: BinaryNode['attrs']): void
    /** True: the receipt is answered. */
    answers(receipt: BinaryNode): Promise<boolean>
    /** Runs what sends a message. */
    send(
      about: { readonly id: string; readonly to: string },
      work: () => Promise<WAMessage | undefined>,
    ): Promise<WAMessage | undefined>
  }
}

export function createRepairs({ lib, caches, group, getMessage, makeRepository, troubled }: RepairParts): Repairs {
  const known = async (id: string) => (await group(id)) ?? { participants: [] }
  const { devices, groups, retries } = caches
  const leftOut = createLeftOut({ lib, devices, groups, group: known })
  return {
    makeRepository: leftOut.noting(makeRepository),
    with(sock) {
      forgetDevices(lib, sock, devices)
      return {
        acked: (attrs) => void leftOut.acked(sock, attrs).catch(troubled),
        answers: answerRetries({ lib, sock, retries, sent: getMessage, troubled }),
        async send({ id, to }, work) {
          if (lib.isJidGroup(to)) await renewSenderKey({ sock, group: known }, to)
          return leftOut.send({ id, chat: to }, work)
        },
      }
    },
  }
}

/** Word of new devices names a person by number, and the library keeps their list by LID as well. */
function forgetDevices(lib: Library, { ws }: WASocket, lists: Caches['devices']): void {
  ws.prependListener('CB:notification,type:devices', ({ attrs }: BinaryNode) => {
    for (const jid of [attrs.from, attrs.lid]) lists.del(lib.jidDecode(jid)?.user ?? '')
  })
}
