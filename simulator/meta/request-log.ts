// What was asked of Graph, word for word, so that tests can hold a client to it.

/** One call as it came and as it was answered. */
export type LoggedRequest = {
  id: number
  /** When it came, milliseconds since the epoch. */
  at: number
  method: string
  /** Path with version, without query. */
  path: string
  /** Version asked for, such as `v21.0`; absent when the path had none. */
  version?: string
  query: Record<string, string>
  /** Header names in lower case; `authorization` is kept on purpose. */
  headers: Record<string, string>
  /** The body as text, of a multipart body its first 64 KB; '' when there was none or it was not read. */
  rawBody: string
  /** How long all of a multipart body was; absent for any other. */
  rawBodyBytes?: number
  /**
   * The body as JSON or form values; a file as `{ filename, type, size, sha256 }` (hex), under the name of its part.
   * Absent when it is none of these.
   */
  body?: unknown
  /** HTTP status answered; absent when the connection was cut without one. */
  status?: number
  /** What was answered, of a file only what it is; absent like `status`. */
  answer?: string
  /** Milliseconds from the head of the request to the end of the answer. */
  ms?: number
  /** Id of the fault that struck. */
  fault?: string
  /** Whether the call took effect, or could have if it had been a right one. */
  processed: boolean
}

export type RequestLog = {
  open(entry: Omit<LoggedRequest, 'id'>): LoggedRequest
  list(): LoggedRequest[]
  clear(): void
}

/** A log that keeps all until it is cleared. */
export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = []
  let last = 0
  return {
    open(entry) {
      last += 1
      const logged = { ...entry, id: last }
      entries.push(logged)
      return logged
    },
    list: () => entries.map((entry) => ({ ...entry })),
    clear() {
      entries = []
    },
  }
}
