// What the simulated Meta remembers of what a business manages: templates, flows, catalogs, a number's way to Meta.

export type TemplateStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED'
export type TemplateCategory = 'AUTHENTICATION' | 'MARKETING' | 'UTILITY'
export type QualityScore = 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN'

/** A template in one language. Its components are as reads answer them. */
export type Template = {
  /** Digits, at most 2^53: callbacks carry it as a number. */
  id: string
  accountId: string
  name: string
  language: string
  category: TemplateCategory
  previousCategory?: TemplateCategory
  status: TemplateStatus
  /** `NONE`, or why it was rejected, such as `INVALID_FORMAT`. */
  rejectedReason: string
  quality: QualityScore
  /** When the quality changed last, milliseconds since the epoch. */
  qualityAt: number
  parameterFormat: 'POSITIONAL' | 'NAMED'
  components: Record<string, unknown>[]
  /** `message_send_ttl_seconds`. */
  ttlSeconds?: number
  /** Milliseconds since the epoch. */
  changedAt: number
}

export type FlowStatus = 'DRAFT' | 'PUBLISHED' | 'DEPRECATED' | 'BLOCKED' | 'THROTTLED'

/** A mistake in a Flow JSON, in Meta's own names. Lines and columns count from 1. */
export type FlowProblem = {
  error: string
  error_type: string
  message: string
  line_start: number
  line_end: number
  column_start: number
  column_end: number
  pointers: {
    line_start: number
    line_end: number
    column_start: number
    column_end: number
    path: string
  }[]
}

export type Flow = {
  id: string
  accountId: string
  /** The app that made it. */
  appId: string
  name: string
  categories: string[]
  status: FlowStatus
  endpointUri?: string
  /** The Flow JSON as it was uploaded; absent until there is one. */
  json?: string
  problems: FlowProblem[]
  /** What a preview link carries. */
  previewToken: string
}

export type Product = { id: string; retailerId: string; fields: Record<string, unknown> }

export type Catalog = {
  id: string
  businessId: string
  /** Accounts that the catalog is connected with. */
  accountIds: Set<string>
  name: string
  vertical: string
  products: Map<string, Product>
}

/** How a number gets verified and registered; all times in milliseconds since the epoch. */
export type Ladder = {
  codeStatus: 'VERIFIED' | 'NOT_VERIFIED' | 'EXPIRED'
  /** The code that was sent last, until it is used. */
  code?: { code: string; method: 'SMS' | 'VOICE'; language: string; at: number; wrong: number }
  /** When codes were asked for. */
  requests: number[]
  /** Until then no code is taken, as too many were wrong. */
  codeLockedUntil: number
  /** PIN of the two-step verification; absent until one is set. */
  pin?: string
  /** When a wrong PIN was sent. */
  wrongPins: number[]
  /** When registering or deregistering was asked for. */
  registrations: number[]
  /** When the number was deregistered last. */
  deregisteredAt?: number
  /** Until then registering is refused with 133015, as after a deletion of the number. */
  waitUntil: number
}

/** A number's profile as customers see it. */
export type Profile = {
  about?: string
  address?: string
  description?: string
  email?: string
  profile_picture_url?: string
  websites?: string[]
  vertical?: string
}

/** The records by what they are about. */
export type Managed = {
  templates: Map<string, Template>
  /** Until when (ms since the epoch) a name and language cannot be used again; see `blockKey`. */
  blockedTemplates: Map<string, number>
  /** When templates were made, by account. */
  templateTimes: Map<string, number[]>
  /** Milliseconds until a template is approved by itself; null = never. */
  reviewMs: number | null
  flows: Map<string, Flow>
  catalogs: Map<string, Catalog>
}

/** A business that manages nothing yet. */
export function createManaged(reviewMs: number | null): Managed {
  return {
    templates: new Map(),
    blockedTemplates: new Map(),
    templateTimes: new Map(),
    reviewMs,
    flows: new Map(),
    catalogs: new Map(),
  }
}

/** Where a number stands that was verified (and registered) before anybody looked; with no PIN. */
export function createLadder(isVerified: boolean): Ladder {
  return {
    codeStatus: isVerified ? 'VERIFIED' : 'NOT_VERIFIED',
    requests: [],
    codeLockedUntil: 0,
    wrongPins: [],
    registrations: [],
    waitUntil: 0,
  }
}
