// A file that came with a message, and what became of fetching it.

/**
 *   waiting  to be fetched, or to be tried again
 *   ready    kept in the data folder
 *   refused  will not be fetched: too large, of a kind that the account does not take, gone, or given up on
 *   expired  was kept, and deleted when its time was over
 */
export const MEDIA_STATES = ['waiting', 'ready', 'refused', 'expired'] as const
export type MediaState = (typeof MEDIA_STATES)[number]

/** What a transport says of a file as its message arrives; recorded with the event. */
export interface MediaDraft {
  /** Ours, `med_...`: names the file in links, whatever becomes of it. */
  readonly id: string
  /** What the transport finds the file by: Meta's media id, or a JSON text of its own. */
  readonly ref: string
  readonly mimeType: string | null
  /** Bytes, where told. */
  readonly size: number | null
  /** Hex, where told. */
  readonly sha256: string | null
  readonly filename: string | null
}

export interface MediaFile extends MediaDraft {
  readonly account: string
  /** The place of its event in the log. */
  readonly event: number
  readonly state: MediaState
  /** Why not, in a sentence, for `refused`, and of the last try for `waiting`. */
  readonly reason: string | null
  /**
   * What hooks were told with the message's event, so that every attempt tells the same: null until the first one, then
   * empty (it was ready) or the reason why it was not.
   */
  readonly told: string | null
  readonly tries: number
  /** When it is tried next, ms since epoch; null unless waiting. */
  readonly dueAt: number | null
  readonly createdAt: number
  /** When it was kept, ms since epoch; null before. */
  readonly readyAt: number | null
}

/** What an account wants done with files that come in. */
export interface MediaWish {
  /** Fetch them on arrival. */
  readonly download: boolean
  /** Larger ones are left at Meta, bytes. */
  readonly maxBytes: number
  /** `image/*`, `application/pdf`; empty: all. */
  readonly mimeTypes: readonly string[]
}

export const DEFAULT_MEDIA: MediaWish = { download: false, maxBytes: 100 * 1024 * 1024, mimeTypes: [] }

/** Whether a list of media types takes one (`image/*` takes all images); an empty list takes all. Parameters do not count. */
export function takesMime(list: readonly string[], mimeType: string): boolean {
  const [plain = ''] = mimeType.toLowerCase().split(';')
  const type = plain.trim()
  return (
    list.length === 0 ||
    list.some((one) => one === '*/*' || one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))))
  )
}
