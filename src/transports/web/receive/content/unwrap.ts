// Takes a message out of what it is wrapped in, and keeps what the wrappings say.
import { asBytes, asNumber, asObject, asText, isObject, type Wire } from '../values.ts'

/** Wrappings that hold a message in `message`. */
const WRAPPINGS: ReadonlySet<string> = new Set([
  ...['deviceSentMessage', 'ephemeralMessage', 'viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension'],
  ...['documentWithCaptionMessage', 'editedMessage', 'associatedChildMessage', 'groupMentionedMessage'],
  ...['botInvokeMessage', 'botForwardedMessage', 'botTaskMessage', 'lottieStickerMessage', 'eventCoverImage'],
  ...['statusMentionMessage', 'groupStatusMentionMessage', 'groupStatusMessage', 'groupStatusMessageV2'],
  ...['statusAddYours', 'limitSharingMessage', 'questionMessage', 'questionReplyMessage'],
  ...['pollCreationMessageV4', 'pollCreationOptionImageMessage'],
])
const VIEW_ONCE: ReadonlySet<string> = new Set(['viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension'])

/** What belongs to the way of a message and not to what it says. */
const ASIDE: ReadonlySet<string> = new Set([
  ...['messageContextInfo', 'senderKeyDistributionMessage', 'fastRatchetKeySenderKeyDistributionMessage'],
  ...['stickerSyncRmrMessage', 'messageHistoryBundle', 'messageHistoryNotice'],
])

/** WhatsApp's words for how a message belongs to another: of its album, and the same film or picture in a finer grain. */
const MEDIA_ALBUM: readonly unknown[] = [1, 'MEDIA_ALBUM']
const FINER: readonly unknown[] = [
  ...[5, 'HD_VIDEO_DUAL_UPLOAD', 10, 'HD_IMAGE_DUAL_UPLOAD', 19, 'HEVC_VIDEO_DUAL_UPLOAD'],
]
const MAX_WRAPPINGS = 8

export interface Unwrapped {
  /** What is said: the field's name (`imageMessage`, ...) and its value. Null when nothing is. */
  readonly key: string | null
  readonly value: unknown
  readonly viewOnce: boolean
  readonly ephemeral: boolean
  /** The message that its files belong to. */
  readonly albumId: string | null
  /** The message that has the same picture or film, coarser. */
  readonly hdOf: string | null
  /** What votes, edits and the like of it are encrypted with. */
  readonly secret: Uint8Array | null
  /** Wrapped more often than WhatsApp does. */
  readonly isTooDeep: boolean
}

type Aside = Pick<Unwrapped, 'albumId' | 'hdOf' | 'secret'>
type Found = Omit<Unwrapped, 'key' | 'value' | 'isTooDeep'>

/** Never fails; deeper wrappings than WhatsApp makes are not undone. */
export function unwrap(content: Wire): Unwrapped {
  let inner = content
  let found: Found = { viewOnce: false, ephemeral: false, albumId: null, hdOf: null, secret: null }
  for (let depth = 0; depth <= MAX_WRAPPINGS; depth += 1) {
    found = { ...found, ...asideOf(inner, found) }
    const key = saidIn(inner)
    const next = key !== null && WRAPPINGS.has(key) ? asObject(inner[key]).message : null
    if (key === null || !isObject(next)) return { ...found, ...said(inner, key, found) }
    if (VIEW_ONCE.has(key)) found = { ...found, viewOnce: true }
    if (key === 'ephemeralMessage') found = { ...found, ephemeral: true }
    inner = next
  }
  return { ...found, key: null, value: null, isTooDeep: true }
}

function said(
  inner: Wire,
  key: string | null,
  found: { viewOnce: boolean; ephemeral: boolean },
): Omit<Unwrapped, keyof Aside> {
  const value = key === null ? null : inner[key]
  const body = asObject(value)
  return {
    key,
    value,
    viewOnce: found.viewOnce || body.viewOnce === true,
    ephemeral: found.ephemeral || (asNumber(asObject(body.contextInfo).expiration) ?? 0) > 0,
    isTooDeep: false,
  }
}

/** Orders to the phone go first: who adds one to a message means it. */
function saidIn(content: Wire): string | null {
  const keys = Object.keys(content).filter(
    (key) => !ASIDE.has(key) && content[key] !== null && content[key] !== undefined,
  )
  return keys.find((key) => key === 'protocolMessage') ?? keys[0] ?? null
}

function asideOf(content: Wire, before: Aside): Aside {
  const { messageSecret, messageAssociation } = asObject(content.messageContextInfo)
  const { associationType, parentMessageKey } = asObject(messageAssociation)
  const parent = asText(asObject(parentMessageKey).id)
  return {
    albumId: (MEDIA_ALBUM.includes(associationType) ? parent : null) ?? before.albumId,
    hdOf: (FINER.includes(associationType) ? parent : null) ?? before.hdOf,
    secret: asBytes(messageSecret) ?? before.secret,
  }
}
