// What phones answer, by themselves, to what their own devices ask of them: older messages, and messages that never came.
import { proto } from 'baileys'
import type { MediaStore } from '../media/index.ts'
import { sayToOwn } from '../phones/sending.ts'
import { inTurn } from '../phones/turn.ts'
import type { Account, Line, Received } from '../state.ts'
import { find, need, type World } from '../world.ts'
import { pastMessage, sayHistory } from './history.ts'

const { PeerDataOperationRequestType: kinds } = proto.Message

/** Listens for what devices ask of their phones. */
export function openAnswering(world: World, media: MediaStore): void {
  world.news.on('message', (received) => {
    const asked = received.content.protocolMessage?.peerDataOperationRequestMessage
    const account = need(world, received.by)
    if (!asked || !received.own || received.repeated || !account.answersRequests) return
    void answer(world, { media, account, received, asked }).catch(() => {
      // The device was unlinked while it was answered.
    })
  })
}

type Request = proto.Message.IPeerDataOperationRequestMessage
type Asked = { media: MediaStore; account: Account; received: Received; asked: Request }

async function answer(world: World, { media, account, received, asked }: Asked): Promise<void> {
  const { id, device } = received
  if (asked.peerDataOperationRequestType === kinds.HISTORY_SYNC_ON_DEMAND) {
    const chats = olderChats(world, account, asked.historySyncOnDemandRequest ?? {})
    await sayHistory(world, media, { account, device, past: { kind: 'on-demand', chats, inline: true, session: id } })
  }
  if (asked.peerDataOperationRequestType !== kinds.PLACEHOLDER_MESSAGE_RESEND) return
  const peerDataOperationResult = (asked.placeholderMessageResendRequest ?? []).map(({ messageKey }) => {
    const line = account.past.findLast((each) => each.id === messageKey?.id)
    if (!line) return {}
    const webMessageInfoBytes = proto.WebMessageInfo.encode(infoOf(account, line)).finish()
    return { placeholderMessageResendResponse: { webMessageInfoBytes } }
  })
  const type = proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE
  const peerDataOperationRequestResponseMessage = {
    ...{ peerDataOperationRequestType: kinds.PLACEHOLDER_MESSAGE_RESEND, stanzaId: id, peerDataOperationResult },
  }
  const content = { protocolMessage: { type, peerDataOperationRequestResponseMessage } }
  await inTurn(account, () => sayToOwn(world, account, { device, content }))
}

const addressOfChat = ({ chat }: Line): string => (typeof chat === 'string' ? chat : chat.lid)

const infoOf = (account: Account, line: Line): proto.IWebMessageInfo =>
  pastMessage(account, addressOfChat(line), pastOf(account, line))

const pastOf = (account: Account, { id, content, at, by }: Line) => ({
  ...{ id, content, at, fromMe: by === account },
  ...(by === account ? {} : { from: by }),
})

/** The chat with the messages before the one that is named, newest first; no chat when there are none. */
function olderChats(
  world: World,
  account: Account,
  asked: proto.Message.PeerDataOperationRequestMessage.IHistorySyncOnDemandRequest,
) {
  const { chatJid, oldestMsgId, oldestMsgTimestampMs, onDemandMsgCount } = asked
  const chat = chatJid?.endsWith('@g.us') ? chatJid : find(world, chatJid ?? '')
  if (!chat) return []
  const all = account.past.filter((line) => line.chat === chat).toSorted((one, other) => one.at - other.at)
  const named = all.findIndex(({ id }) => id === oldestMsgId)
  const before = Number(oldestMsgTimestampMs ?? 0) / 1000
  const older = named >= 0 ? all.slice(0, named) : all.filter(({ at }) => before === 0 || at < before)
  const messages = older.slice(-(onDemandMsgCount || 50)).toReversed()
  return messages.length > 0 ? [{ with: chat, messages: messages.map((line) => pastOf(account, line)) }] : []
}
