// The door of the message objects: WhatsApp's protobuf messages, made as phones make them, and as no phone does.
import * as forged from './forged.ts'

export { buttonReply, edit, formReply, listReply, pin, reaction, revoke, templateReply } from './about.ts'
export {
  album,
  audio,
  type Card,
  contacts,
  document,
  type FileFacts,
  groupInvite,
  image,
  liveLocation,
  location,
  type Place,
  sticker,
  text,
  video,
  videoNote,
  voice,
} from './content.ts'
export {
  type Context,
  ephemeral,
  ephemeralSetting,
  type MessageKey,
  type MessageObject,
  viewOnce,
  withContext,
} from './context.ts'
export {
  type Answering,
  event,
  eventReply,
  type Occasion,
  poll,
  type Question,
  secretComment,
  secretEdit,
  secretEventEdit,
  secretReaction,
  vote,
  withSecret,
} from './secret.ts'
export { buttons, interactive, list, order, product } from './shop.ts'
export { forged }
