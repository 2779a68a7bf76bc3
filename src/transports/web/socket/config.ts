// How the library is told to behave, and why.
import type { proto, SignalKeyStore, SocketConfig, UserFacingSocketConfig, WAVersion } from 'baileys'
import type { SocketParts } from '../port.ts'
import type { Auth } from './auth.ts'
import type { Caches } from './cache.ts'
import type { Library } from './library.ts'
import { libraryLogger } from './logger.ts'
import type { Ways } from './ways.ts'

/** Shown in the phone's list of linked devices; the same for the whole life of a session. Pairing codes need a real one. */
const BROWSER: [string, string, string] = ['Mac OS', 'Chrome', '14.4.1']
const KEEP_ALIVE_MS = 25_000
const QUERY_MS = 60_000

export interface ConfigParts {
  readonly lib: Library
  readonly auth: Auth
  readonly ways: Ways
  readonly caches: Caches
  readonly parts: SocketParts
  /** The version of WhatsApp Web that we say we are. */
  readonly version: WAVersion
  readonly makeRepository: SocketConfig['makeSignalRepository']
  /** Asks WhatsApp about a group. */
  readonly group: SocketConfig['cachedGroupMetadata']
  /** What was sent, for receivers who ask for it again. */
  readonly getMessage: SocketConfig['getMessage']
}

export function configOf({
  lib,
  auth,
  ways,
  caches,
  parts,
  version,
  makeRepository,
  group,
  getMessage,
}: ConfigParts): UserFacingSocketConfig {
  return {
    auth: { creds: auth.creds, keys: auth.keys satisfies SignalKeyStore },
    logger: libraryLogger(parts.log),
    waWebSocketUrl: parts.endpoint.url,
    version,
    browser: BROWSER,
    keepAliveIntervalMs: KEEP_ALIVE_MS,
    defaultQueryTimeoutMs: QUERY_MS,
    // Else the phone stops telling its owner of messages.
    markOnlineOnConnect: false,
    // Old messages are not ours to tell; the first part of them carries the names that people have at WhatsApp.
    syncFullHistory: false,
    shouldSyncHistoryMessage: ({ syncType }) => wantedHistory(lib).has(syncType),
    // Else receipts that come quickly are folded into our own message and never told.
    emitOwnEvents: false,
    // Nothing else of the account is read meanwhile, so that whoever writes what cannot be read would hold up all others.
    retryRequestDelayMs: 0,
    generateHighQualityLinkPreview: false,
    makeSignalRepository: makeRepository,
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    msgRetryCounterCache: caches.retries,
    userDevicesCache: caches.devices,
    callOfferCache: caches.calls,
    placeholderResendCache: caches.placeholders,
    cachedGroupMetadata: group,
    getMessage,
    // The library's own fetch is given the guarded way out; what is uploaded goes through ours alone.
    options: { dispatcher: ways.fetching } as unknown as RequestInit,
    ...(ways.agent === null ? null : { agent: ways.agent, fetchAgent: ways.agent }),
  }
}

function wantedHistory(lib: Library): ReadonlySet<proto.Message.HistorySyncType | null | undefined> {
  const { INITIAL_BOOTSTRAP, PUSH_NAME, NON_BLOCKING_DATA } = lib.proto.Message.HistorySyncType
  return new Set([INITIAL_BOOTSTRAP, PUSH_NAME, NON_BLOCKING_DATA])
}
