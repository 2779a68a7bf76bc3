// One request and its answer: collects what the receiver says, up to the limits, and ends exactly once.
import type { Dispatcher } from 'undici'

/** How much of an answer is read, bytes; what is longer is cut off. */
export const MAX_ANSWER = 64 * 1024

const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]+\+)?json\b/i

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

/** How an exchange ended: with an answer (error null), or with an error after which there may still be a status. */
export interface Ended {
  readonly status: number | null
  readonly retryAfter: string | undefined
  readonly answer: string
  readonly error: Error | null
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** Whether the body of an answer is worth keeping: JSON in a success, or anything when asked; never what is compressed. */
function isWanted(status: number, headers: Headers, keepAll: boolean): boolean {
  const encoding = firstOf(headers['content-encoding'])
  if (encoding !== undefined && encoding !== 'identity') return false
  return keepAll || (status >= 200 && status < 300 && JSON_TYPE.test(firstOf(headers['content-type']) ?? ''))
}

/** A handler for undici's `dispatch`. Nothing that the other side does makes one of its methods throw. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #keepAll: boolean
  readonly #onEnd: (ended: Ended) => void
  #controller: Dispatcher.DispatchController | null = null
  #isOver = false
  #status: number | null = null
  #retryAfter: string | undefined
  #isKept = false
  #chunks: Buffer[] = []
  #size = 0

  /** `keepAll`: keep an answer that is not JSON, or no success, as well. `onEnd` is called once and must not throw. */
  constructor(keepAll: boolean, onEnd: (ended: Ended) => void) {
    this.#keepAll = keepAll
    this.#onEnd = onEnd
  }

  get isOver(): boolean {
    return this.#isOver
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It was given up while it waited for its connection: nothing of it may go out any more.
    if (this.#isOver) controller.abort(new Error('Given up'))
    else this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return
    this.#status = status
    this.#retryAfter = firstOf(headers['retry-after'])
    this.#isKept = isWanted(status, headers, this.#keepAll)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > MAX_ANSWER) {
      this.#isKept = false
      this.#end(null)
      controller.abort(new Error('Cut'))
    } else if (this.#isKept) this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#end(null)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#isKept = false
    this.#end(error)
  }

  /** Ends it now, with this error, and drops its connection. */
  giveUp(error: Error): void {
    if (this.#isOver) return
    this.#isKept = false
    this.#end(error)
    this.#controller?.abort(error)
  }

  #end(error: Error | null): void {
    if (this.#isOver) return
    this.#isOver = true
    const answer = this.#isKept ? this.#text() : ''
    this.#chunks = []
    this.#onEnd({ status: this.#status, retryAfter: this.#retryAfter, answer, error })
  }

  #text(): string {
    if (this.#size === 0) return ''
    const only = this.#chunks.length === 1 ? this.#chunks[0] : undefined
    return new TextDecoder().decode(only ?? Buffer.concat(this.#chunks))
  }
}
