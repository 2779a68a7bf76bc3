// What is said about other messages: reactions, edits, revokes, pins, and answers to buttons and lists.
import { proto } from 'baileys'
import type { MessageKey, MessageObject } from './context.ts'

const { ProtocolMessage, PinInChatMessage, ListResponseMessage, ButtonsResponseMessage } = proto.Message

/** No emoji: the reaction is taken back. */
export const reaction = (key: MessageKey, emoji: string): MessageObject => ({
  reactionMessage: { key, text: emoji, senderTimestampMs: Date.now() },
})

/** A new content for a message of one's own. Its stanza says `edit="1"`. */
export const edit = (key: MessageKey, content: MessageObject): MessageObject => ({
  protocolMessage: {
    ...{ type: ProtocolMessage.Type.MESSAGE_EDIT, key, editedMessage: content, timestampMs: Date.now() },
  },
})

/** A message is taken back for all; admins may for others. Its stanza says `edit="7"`, for an admin `"8"`. */
export const revoke = (key: MessageKey): MessageObject => ({
  protocolMessage: { type: ProtocolMessage.Type.REVOKE, key },
})

/** Pinned for so many seconds; 0: no longer. */
export const pin = (key: MessageKey, seconds: number): MessageObject => ({
  pinInChatMessage: {
    ...{ key, senderTimestampMs: Date.now() },
    type: seconds > 0 ? PinInChatMessage.Type.PIN_FOR_ALL : PinInChatMessage.Type.UNPIN_FOR_ALL,
  },
  ...(seconds > 0 ? { messageContextInfo: { messageAddOnDurationInSecs: seconds } } : {}),
})

/** One of the buttons of a message was pressed. */
export const buttonReply = (id: string, label: string): MessageObject => ({
  buttonsResponseMessage: {
    ...{ selectedButtonId: id, selectedDisplayText: label, type: ButtonsResponseMessage.Type.DISPLAY_TEXT },
  },
})

/** A quick reply of a template was pressed. */
export const templateReply = (id: string, label: string, index = 0): MessageObject => ({
  templateButtonReplyMessage: { selectedId: id, selectedDisplayText: label, selectedIndex: index },
})

/** A row of a list was chosen. */
export const listReply = (rowId: string, title: string, description = ''): MessageObject => ({
  listResponseMessage: {
    ...{ title, description, listType: ListResponseMessage.ListType.SINGLE_SELECT },
    singleSelectReply: { selectedRowId: rowId },
  },
})

/** A flow, or another form of the newer kind, was filled in. */
export const formReply = (name: string, body: string, answers: object): MessageObject => ({
  interactiveResponseMessage: {
    body: { text: body },
    nativeFlowResponseMessage: { name, paramsJson: JSON.stringify(answers), version: 3 },
  },
})
