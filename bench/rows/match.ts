// Row 14: what it costs an event to find the hooks that want it, with one hook and with a thousand.
import { createMatcher } from '../../src/delivery/match.ts'
import type { Hook } from '../../src/model/hook.ts'
import { type Contender, type Row, ratioOf } from '../measure.ts'
import { moment } from '../moment.ts'

const MATCHES = 500_000
const ACCOUNTS = 20
const TYPES = ['message.received', 'message.sent', 'message.delivered', 'message.read']

const one = contender('match-1', 'one hook', 1)
const thousand = contender('match-1000', 'a thousand hooks, one of which wants the event', 1000)

/** Hook 0 wants messages of every account; the others want what does not come. */
function hook(no: number): Hook {
  return {
    ...{ id: `hook-${no}`, no, name: `Hook ${no}`, url: 'http://127.0.0.1:1/', method: 'POST', headers: {} },
    ...{ active: true, events: no === 0 ? ['message.*'] : ['group.*'], description: '', allowInsecure: false },
    ...{ secret: '', accounts: no === 0 ? [] : [`account-${no}`], chats: [], order: 'chat', retry: null, raw: false },
    ...{ media: 'link', format: 'native', disabledReason: null },
  }
}

function contender(id: string, says: string, hooks: number): Contender {
  const matcher = createMatcher()
  matcher.set(Array.from({ length: hooks }, (_, no) => hook(no)))
  const events = Array.from({ length: ACCOUNTS * TYPES.length }, (_, index) => ({
    type: TYPES[index % TYPES.length] ?? '',
    account: `account-${index % ACCOUNTS}`,
    chat: '15551000000',
  }))
  return {
    id,
    says: `match an event, ${says}`,
    figures: { ns: { unit: 'ns', better: 'low' } },
    async run() {
      const from = moment()
      let found = 0
      for (let index = 0; index < MATCHES; index += 1) {
        const event = events[index % events.length]
        if (event) found += matcher.match(event).length
      }
      if (found !== MATCHES) throw new Error(`${found} hooks matched instead of ${MATCHES}`)
      return { ns: ((moment() - from) * 1000) / MATCHES }
    },
  }
}

export const match: Row = {
  number: 14,
  needs: [one, thousand],
  goals: (results) => [
    {
      says: 'matching an event, 1000 hooks / 1 hook',
      ...ratioOf(results, { over: [thousand, 'ns'], under: [one, 'ns'] }),
      ...{ unit: 'x', better: 'low', floor: 3, excellent: 1.5 },
    },
  ],
}
