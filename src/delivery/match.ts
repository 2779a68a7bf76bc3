// Which hooks want an event: an index, so that a thousand hooks cost an event no more than one.
import type { RecordedEvent } from '../model/event.ts'
import { type Hook, wants } from '../model/hook.ts'

type Asked = Pick<RecordedEvent, 'type' | 'account' | 'chat'>

/** Fields of Meta's make event types that nobody has heard of: how many (type, account) pairs are remembered at most. */
const REMEMBERED = 10_000

/** Answers for the active hooks that it was last told of. */
export interface Matcher {
  /** Replaces the hooks; inactive ones match nothing. */
  set(hooks: Iterable<Hook>): void
  match(event: Asked): readonly Hook[]
}

export function createMatcher(): Matcher {
  let active: Hook[] = []
  // By type and account: all hooks that want such events, and whether one of them looks at the chat as well.
  const known = new Map<string, { hooks: readonly Hook[]; byChat: boolean }>()

  return {
    set(hooks) {
      active = [...hooks].filter((hook) => hook.active)
      known.clear()
    },
    match(event) {
      const key = `${event.type}\n${event.account}`
      let found = known.get(key)
      if (!found) {
        if (known.size >= REMEMBERED) known.clear()
        const hooks = active.filter((hook) => wants({ ...hook, chats: [] }, event))
        found = { hooks, byChat: hooks.some((hook) => hook.chats.length > 0) }
        known.set(key, found)
      }
      return found.byChat ? found.hooks.filter((hook) => wants(hook, event)) : found.hooks
    },
  }
}
