// The instants at which a server with a linked number is killed: each is something that happens, never a time.
import type { Answer } from '../../../simulator/receiver/index.ts'
import type { Happenings, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'

/** What happens around the server. */
export interface Around {
  readonly whatsapp: WhatsAppSimulator
  readonly hook: Hook
}

export interface Instant {
  readonly name: string
  /** True: while it starts; else in the middle of its work. */
  readonly atStart: boolean
  /** Calls `strike` once, in the very moment. */
  await(around: Around, strike: () => void): void
}

/** A hook that takes everything, and can be told to be slow. */
export interface Hook {
  readonly answer: () => Promise<Answer>
  /** Until the next call, `asked` is called at each request, which is answered when it resolves. */
  listen(asked: () => Promise<void> | void): void
}

export function createHook(): Hook {
  let listening: () => Promise<void> | void = () => {}
  return {
    async answer() {
      await listening()
      return {}
    },
    listen(asked) {
      listening = asked
    },
  }
}

const starting = (name: string, begin: Instant['await']): Instant => ({ name, atStart: true, await: begin })
const working = (name: string, begin: Instant['await']): Instant => ({ name, atStart: false, await: begin })

/** When something happens at WhatsApp that fits, for the `nth` time. */
function whatsApp<Name extends keyof Happenings>(
  name: Name,
  fits: (...what: Happenings[Name]) => boolean = () => true,
  nth = 1,
): Instant['await'] {
  return ({ whatsapp }, strike) => {
    let seen = 0
    const stop = whatsapp.server.on(name, (...what) => {
      if (!fits(...what)) return
      seen += 1
      if (seen < nth) return
      stop()
      strike()
    })
  }
}

const isText = ({ type }: Happenings['receipt'][0]): boolean => type !== 'retry'

/** When the hook has `many` requests that it has not answered yet. */
const telling =
  (many: number): Instant['await'] =>
  ({ hook }, strike) => {
    let open = 0
    const struck = new Promise<void>((resolve) =>
      hook.listen(() => {
        open += 1
        if (open === many) {
          hook.listen(() => {})
          strike()
          resolve()
        }
        return struck
      }),
    )
  }

/** When the hook's answer is on its way. */
const told: Instant['await'] = ({ hook }, strike) =>
  hook.listen(() => {
    hook.listen(() => {})
    setImmediate(strike)
  })

/** When a message of ours arrived at WhatsApp, which keeps its answer. */
const sending: Instant['await'] = (around, strike) => {
  around.whatsapp.server.holdsAcks()
  whatsApp('message', ({ own }) => !own)(around, () => {
    strike()
    around.whatsapp.server.releasesAcks()
  })
}

/** In the order of their lives: between two in which it works there are some that it does not survive the start of. */
export const INSTANTS: readonly Instant[] = [
  working(
    'the first message of a burst is on its way',
    whatsApp('said', ({ tag }) => tag === 'message'),
  ),
  starting('the socket to WhatsApp is open', whatsApp('opened')),
  working('a message was confirmed, the rest of its burst not', whatsApp('receipt', isText)),
  starting('it is logged in', whatsApp('login')),
  working('a hook is being told', telling(1)),
  working('a hook is being told of four chats at once', telling(4)),
  starting('what waited at WhatsApp was sent', whatsApp('active')),
  working('a hook has just answered', told),
  working('a message of ours is at WhatsApp, and not acknowledged', sending),
  working(
    'a message of ours was acknowledged',
    whatsApp('said', ({ tag, attrs }) => tag === 'ack' && attrs.class === 'message'),
  ),
]
