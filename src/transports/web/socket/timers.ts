// Keeps the library's timers from holding the process: it forgets some of them, which go on for half a minute after the
// end of a connection.
import { AsyncLocalStorage } from 'node:async_hooks'

const inLibrary = new AsyncLocalStorage<true>()
let isWatched = false

/** From now on timers that are set within `letGoWithin` keep no process alive. Once for the whole process. */
export function watchTimers(): void {
  if (isWatched) return
  isWatched = true
  const set = globalThis.setTimeout
  // Everything else that hangs on the function (its promise form) stays as it is.
  globalThis.setTimeout = new Proxy(set, {
    apply(target, self, asked: Parameters<typeof set>) {
      const timer = Reflect.apply(target, self, asked)
      return inLibrary.getStore() ? timer.unref() : timer
    },
  })
}

/** Runs something, and all that comes of it, with such timers. */
export function letGoWithin<T>(work: () => T): T {
  return inLibrary.run(true, work)
}
