// The door of the simulated WhatsApp: a server for linked devices and phones that people hold, for tests and the sandbox.

export type { AckError, Limit, Limited, LinkFault } from './faults.ts'
export {
  type CallView,
  type ChangeInWords,
  type Doing,
  type FeatureDoor,
  type GroupView,
  type PastInWords,
  type Reuploads,
  strange,
  type Told,
} from './features/index.ts'
export type { MediaKind, MediaStore, Published } from './media/index.ts'
export type { Happenings } from './news.ts'
export type { PhoneProfile } from './phones/accounts.ts'
export { quietSignal } from './phones/quiet.ts'
export type { Content } from './phones/sending.ts'
export type {
  DeviceName,
  LinkedDevice,
  Phone,
  ServerDoor,
  Trust,
  WaitOptions,
  WhatsAppSimulator,
  WhatsAppSimulatorOptions,
} from './simulator.ts'
export { startWhatsAppSimulator } from './start.ts'
export type { Addressing, ReceiptRecord, Received, Unread } from './state.ts'
export type { Stanza } from './wire/stanza.ts'
export type { SayOptions } from './world.ts'
