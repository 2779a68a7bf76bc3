// One exchange with Graph: what came back, or how it broke and whether the request had gone out by then.
import type { Dispatcher, Pool } from 'undici'
import type { RawAnswer } from './answer.ts'
import { plainTrouble, reasonOf } from './trouble.ts'

/**
 * One request by `dispatch`, the layer under `Pool.request`, because only there one learns whether a request was written
 * to a connection before it failed: what was never written cannot have taken effect, whatever the error was. `begun` is
 * given what starts the time limit anew.
 */
export function exchange(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  timeoutMs: number,
  begun?: (restart: () => void) => void,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let status = 0
    let headers: Readonly<Record<string, string | string[] | undefined>> = {}
    let controller: Dispatcher.DispatchController | null = null
    let isOver = false
    const finish = (answer: RawAnswer): void => {
      clearTimeout(deadline)
      isOver = true
      resolve(answer)
    }
    const fail = (reason: string): void => {
      finish({
        trouble: controller ? plainTrouble('lost', reason, status || null) : plainTrouble('unreachable', reason),
      })
    }
    const deadline = setTimeout(() => {
      fail(`no answer within ${timeoutMs / 1000} s`)
      controller?.abort(new Error('deadline'))
    }, timeoutMs)
    begun?.(() => isOver || deadline.refresh())
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(given) {
        // Gave up while it was queued: must not be written any more.
        if (isOver) given.abort(new Error('deadline'))
        else controller = given
      },
      onResponseStart(_given, code, received) {
        status = code
        headers = received
      },
      onResponseData(_given, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd: () => finish({ status, headers, body: Buffer.concat(chunks) }),
      onResponseError: (_given, error) => isOver || fail(reasonOf(error)),
    }
    try {
      pool.dispatch(request, handler)
    } catch (error) {
      fail(reasonOf(error))
    }
  })
}
