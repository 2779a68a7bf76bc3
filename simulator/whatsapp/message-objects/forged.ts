// What an attacker says: things that only one's own phone may say, contents that are meant to hurt, files elsewhere.
import { randomBytes } from 'node:crypto'
import { proto } from 'baileys'
import type { Published } from '../media/index.ts'
import type { MessageKey, MessageObject } from './context.ts'

const { Type } = proto.Message.ProtocolMessage

/** "Here are the keys of your settings": from anybody else than one's own phone a client must throw it away. */
export const appStateKeys = (
  keyData: Uint8Array = randomBytes(32),
  keyId: Uint8Array = randomBytes(6),
): MessageObject => ({
  protocolMessage: {
    type: Type.APP_STATE_SYNC_KEY_SHARE,
    appStateSyncKeyShare: {
      keys: [
        { keyId: { keyId }, keyData: { keyData, fingerprint: { rawId: 1, currentIndex: 0 }, timestamp: Date.now() } },
      ],
    },
  },
})

/** "Here is your history", with messages that were never written. `payload` is a deflated HistorySync. */
export const historyNotice = (payload: Uint8Array): MessageObject => ({
  protocolMessage: {
    type: Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: {
      ...{ syncType: proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP, chunkOrder: 1, progress: 100 },
      initialHistBootstrapInlinePayload: payload,
    },
  },
})

/** "The message that you asked your phone for": a whole message, sender and all, made up by a stranger. */
export const resentMessage = (key: MessageKey, message: MessageObject): MessageObject => ({
  protocolMessage: {
    type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
    peerDataOperationRequestResponseMessage: {
      peerDataOperationRequestType: proto.Message.PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND,
      peerDataOperationResult: [
        {
          placeholderMessageResendResponse: {
            webMessageInfoBytes: proto.WebMessageInfo.encode({ key, message, messageTimestamp: 1 }).finish(),
          },
        },
      ],
    },
  },
})

/** "This number is now that person": numbers without a server part. */
export const lidMapping = (pairs: readonly { phone: number; lid: number }[]): MessageObject => {
  const payload = proto.LIDMigrationMappingSyncPayload.encode({
    pnToLidMappings: pairs.map(({ phone, lid }) => ({ pn: phone, assignedLid: lid })),
  }).finish()
  return {
    protocolMessage: {
      type: Type.LID_MIGRATION_MAPPING_SYNC,
      lidMigrationMappingSyncMessage: { encodedMappingPayload: payload },
    },
  }
}

/** "I sent this from my other phone": as if the receiver had written it to `to`. */
export const sentByYou = (to: string, message: MessageObject): MessageObject => ({
  deviceSentMessage: { destinationJid: to, message, phash: '' },
})

/** A sender key for a group, brought by who may not be in it. */
export const senderKey = (group: string, bytes: Uint8Array = randomBytes(64)): MessageObject => ({
  senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage: bytes },
})

/** A file that is claimed to be somewhere else: inside the network, or at the attacker's. */
export const fileAt = (file: Published, url: string, directPath?: string): MessageObject => ({
  imageMessage: { ...file, url, directPath: directPath ?? null, mimetype: 'image/jpeg' },
})

/** A file that is said to have other bytes than it has: another length, another hash. */
export const fileThatLies = (
  file: Published,
  lie: { fileLength?: number; fileSha256?: Uint8Array },
): MessageObject => ({
  imageMessage: { ...file, ...lie, mimetype: 'image/jpeg' },
})

export const hugeText = (bytes: number): MessageObject => ({ conversation: 'x'.repeat(bytes) })

/** Wrappers in wrappers, to so many levels. */
export function nested(levels: number, core: MessageObject = { conversation: 'deep' }): MessageObject {
  let message = core
  for (let level = 0; level < levels; level += 1) message = { ephemeralMessage: { message } }
  return message
}

/** A quote of a quote of a quote, to so many levels. */
export function quoteChain(levels: number): MessageObject {
  let message: MessageObject = { extendedTextMessage: { text: 'the first' } }
  for (let level = 0; level < levels; level += 1)
    message = {
      extendedTextMessage: { text: `level ${level}`, contextInfo: { stanzaId: `Q${level}`, quotedMessage: message } },
    }
  return message
}

/** Many mentions of nobody. */
export const mentionsOf = (count: number): MessageObject => ({
  extendedTextMessage: {
    text: '@all',
    contextInfo: {
      mentionedJid: Array.from({ length: count }, (_, at) => `1555${String(at).padStart(7, '0')}@s.whatsapp.net`),
    },
  },
})

/** Nothing at all, which is a valid message. */
export const empty = (): MessageObject => ({})

/** A kind of message that no library knows yet: a field number of tomorrow, as bytes to be encrypted as they are. */
export const unknownField = (): Uint8Array =>
  Buffer.concat([Buffer.from([0xf2, 0xff, 0x03]), Buffer.from([5]), Buffer.from('hello')])
