// The door of the media hosts.
export { type Certificate, makeCertificate } from './certificate.ts'
export { mediaRetryAnswer, type RetryOutcome } from './retry.ts'
export { type MediaKind, mediaKinds, openMedia, type Sealed, sealMedia, sha256 } from './seal.ts'
export {
  type MediaRequest,
  type MediaStore,
  type MediaStoreOptions,
  type MediaTrouble,
  type Published,
  startMediaStore,
} from './store.ts'
