// The door of the simulated Meta: Graph API and signed callbacks, for tests and the sandbox.

export type { MediaFile, Said } from './callbacks/inbound.ts'
export type { CallbackAttempt, CallbackRecord, ReleaseOptions } from './callbacks/outbox.ts'
export type { Change } from './callbacks/payload.ts'
export type { AppOptions, NumberChange, NumberOptions, NumberSetup, TokenOptions } from './control/admin.ts'
export type { Fault, FaultAction, FaultRule } from './faults.ts'
export type { MediaKind } from './graph/media/media-types.ts'
export type { LoggedRequest } from './request-log.ts'
export type { Customer, MetaSimulator, MetaSimulatorOptions } from './simulator.ts'
export { startMetaSimulator } from './start.ts'
export type { CustomerProfile, Limits, MediaRecord, MessageRecord, MessageStatus, StatusDelays } from './state.ts'
