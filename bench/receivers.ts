// The other sides, in a process of their own: hooks that count what arrives and can misbehave, and an instant Graph API.
import { markIn, PHONE_NUMBER_ID, WABA_ID } from './callbacks.ts'
import { answerOf, type Handler, listenCheaply } from './cheap-http.ts'
import { answerCalls } from './child.ts'
import { moment, type Spread, spreadOf, wait } from './moment.ts'

/** How a hook answers: at once, never (until it is told otherwise), with a 500, or after `delayMs`. */
export type Manner = { readonly is: 'well' | 'hung' | 'failing' } | { readonly is: 'slow'; readonly delayMs: number }

interface Hook {
  count: number
  lastAt: number
  manner: Manner
  /** Answers that are owed while it hangs. */
  owed: (() => void)[]
  took: number[]
  waiting: { count: number; resolve: () => void }[]
}

const WELL = answerOf(200, '')
const FAILED = answerOf(500, '')
const hooks = new Map<string, Hook>()

function hookOf(path: string): Hook {
  let hook = hooks.get(path)
  if (!hook) {
    hook = { count: 0, lastAt: 0, manner: { is: 'well' }, owed: [], took: [], waiting: [] }
    hooks.set(path, hook)
  }
  return hook
}

const receive: Handler = (path, body, answer) => {
  const hook = hookOf(path)
  const now = moment()
  const sent = markIn(body)
  if (sent !== null && sent > 0) hook.took.push(now - sent)
  hook.count += 1
  hook.lastAt = now
  if (hook.waiting.length > 0) {
    for (const each of hook.waiting) if (hook.count >= each.count) each.resolve()
    hook.waiting = hook.waiting.filter((each) => hook.count < each.count)
  }
  const { manner } = hook
  if (manner.is === 'well') answer(WELL)
  else if (manner.is === 'failing') answer(FAILED)
  else if (manner.is === 'slow') setTimeout(answer, manner.delayMs, WELL)
  else hook.owed.push(() => answer(WELL))
}

const NUMBER = answerOf(
  200,
  JSON.stringify({
    id: PHONE_NUMBER_ID,
    display_phone_number: '+1 555-078-3881',
    verified_name: 'Bench',
    quality_rating: 'GREEN',
    status: 'CONNECTED',
    platform_type: 'CLOUD_API',
    account_mode: 'LIVE',
    throughput: { level: 'STANDARD' },
  }),
)
const NUMBERS = answerOf(200, JSON.stringify({ data: [{ id: PHONE_NUMBER_ID }] }))
const TOKEN = answerOf(200, JSON.stringify({ data: { is_valid: true, expires_at: 0, granular_scopes: [] } }))
let sent = 0

const graph: Handler = (path, _body, answer) => {
  if (path.includes('/messages')) {
    sent += 1
    answer(answerOf(200, `{"messaging_product":"whatsapp","messages":[{"id":"wamid.OUT${sent}"}]}`))
  } else if (path.includes('debug_token')) answer(TOKEN)
  else answer(path.includes(WABA_ID) ? NUMBERS : NUMBER)
}

const calls = {
  /** Where hooks live: the path is the hook's name; on `other`, a second origin. */
  listen: async () => ({
    hooks: await listenCheaply(receive),
    other: await listenCheaply(receive),
    graph: await listenCheaply(graph),
  }),
  behave: async ({ path, manner }: { path: string; manner: Manner }) => {
    const hook = hookOf(path)
    hook.manner = manner
    if (manner.is !== 'hung') for (const pay of hook.owed.splice(0)) pay()
  },
  counts: async (paths: readonly string[]) => paths.map((path) => hookOf(path).count),
  /** Resolves when the hook has got so many in all, or after `withinMs`; answers what it got, and when the last, µs. */
  until: async ({ path, count, withinMs }: { path: string; count: number; withinMs: number }) => {
    const hook = hookOf(path)
    const there = new Promise<void>((resolve) => {
      if (hook.count >= count) resolve()
      else hook.waiting.push({ count, resolve })
    })
    await Promise.race([there, wait(withinMs)])
    return { count: hook.count, at: hook.lastAt }
  },
  /** The latencies of all these hooks together since they were asked for last. */
  latencies: async (paths: readonly string[]): Promise<Spread> =>
    spreadOf(paths.flatMap((path) => hookOf(path).took.splice(0))),
}
export type ReceiverCalls = typeof calls

answerCalls(calls)
