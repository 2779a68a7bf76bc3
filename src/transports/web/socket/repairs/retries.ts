// Who could not read a message of ours gets it again, alone and once.
//
// The library sends it to every device of the chat, one's own included, when a phone asks; and to a linked device twice in
// one stanza.
import type { BinaryNode, proto, SocketConfig, WASocket } from 'baileys'
import type { Cache } from '../cache.ts'
import type { Library } from '../library.ts'
import { idsOf } from '../receipts.ts'
import { isOf, type OnceMoreParts, sendOnceMore } from './once-more.ts'

export interface RetryParts extends OnceMoreParts {
  readonly lib: Library
  readonly sock: OnceMoreParts['sock'] & Pick<WASocket, 'sendMessageAck'>
  /** How often each was sent again, as the library counts. */
  readonly retries: Cache
  /** What was sent, if the one who asks may have it. */
  readonly sent: SocketConfig['getMessage']
  readonly troubled: (error: unknown) => void
}

type Session = Parameters<RetryParts['sock']['signalRepository']['injectE2ESession']>[0]['session']

interface Asked {
  readonly remoteJid: string
  readonly participant: string
}

/** Answers what takes a receipt: true when it is answered here, and nobody else has to. */
export function answerRetries(parts: RetryParts): (receipt: BinaryNode) => Promise<boolean> {
  const { sock, troubled } = parts
  // One after the other: each begins a new session.
  let last: Promise<void> = Promise.resolve()
  return async (receipt) => {
    const asked = askedBy(parts, receipt)
    if (asked === null) return false
    const known = await knownOf(parts, receipt, asked).catch(troubled)
    if (!known || known.length === 0) return false
    last = last
      .then(() => answer(parts, { receipt, asked, known }))
      .catch(troubled)
      .then(() => sock.sendMessageAck(receipt))
      .catch(troubled)
    return true
  }
}

interface Known {
  readonly id: string
  readonly message: proto.IMessage
}

async function knownOf({ lib, sent }: RetryParts, receipt: BinaryNode, asked: Asked): Promise<Known[]> {
  const found = await Promise.all(
    idsOf(lib, receipt).map(async (id) => ({ id, message: await sent({ ...asked, id }) })),
  )
  return found.flatMap(({ id, message }) => (message ? [{ id, message }] : []))
}

interface Answer {
  readonly receipt: BinaryNode
  readonly asked: Asked
  readonly known: readonly Known[]
}

/** Null for all that does not ask for a message again. */
function askedBy({ lib, sock }: RetryParts, { attrs }: BinaryNode): Asked | null {
  const { me } = sock.authState.creds
  const who = attrs.participant ?? attrs.from
  if (attrs.type !== 'retry' || !attrs.from || !who || !me) return null
  const isOwn = isOf(lib, me, who)
  const chat = isOwn && !lib.isJidGroup(attrs.from) ? attrs.recipient : attrs.from
  if (!chat || (attrs.recipient && !isOwn)) return null
  const isPlace = lib.isJidGroup(chat) || lib.isPnUser(chat) || lib.isLidUser(chat)
  return isPlace ? { remoteJid: chat, participant: who } : null
}

async function answer(parts: RetryParts, { receipt, asked, known }: Answer): Promise<void> {
  const { lib, sock, retries } = parts
  const { participant: device, remoteJid: chat } = asked
  const nameOf = (id: string) => `${id}:${device}`
  const often = (id: string) => retries.get<number>(nameOf(id)) ?? 0
  const still = known.filter(({ id }) => often(id) < lib.DEFAULT_CONNECTION_CONFIG.maxMsgRetryCount)
  if (still.length === 0) return
  for (const { id } of still) retries.set(nameOf(id), often(id) + 1)
  const bundle = lib.extractE2ESessionFromRetryReceipt(receipt)
  // Phones that have no one-time key left send none, which the library's types do not know.
  if (bundle) await sock.signalRepository.injectE2ESession({ jid: device, session: bundle as Session })
  else await sock.assertSessions([device], true)
  const count = Number(lib.getBinaryNodeChild(receipt, 'retry')?.attrs.count) || 1
  for (const { id, message } of still) await sendOnceMore(parts, { chat, id, message, device, count })
}
