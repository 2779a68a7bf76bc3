// The software of somebody who uses WhatsHooked: answers whoever writes, in the answer to the webhook itself.
import type { Answer, Received } from '../../../simulator/receiver/index.ts'

/** What is looked at in an event. */
export interface Told {
  readonly id: string
  readonly type: string
  readonly account_id: string
  readonly data: {
    readonly message_id?: string
    readonly transport_id?: string
    readonly state?: string
    readonly text?: { readonly body?: string }
    readonly from?: { readonly name?: string | null; readonly phone?: string | null }
  }
}

export interface Software {
  answer(request: Received): Answer
  /** From now on each event is shown as a line. */
  showAll(): void
}

/** Short, since a linked number types for a while that goes with the length. */
const ECHO = 'You said: '

export function createSoftware(): Software {
  let isShowing = false
  return {
    answer(request) {
      const event = eventOf(request)
      if (isShowing) console.log(lineOf(event, new Date(request.at)))
      const said = event.data.text?.body ?? 'something'
      // Two linked numbers of the sandbox that answer each other would never come to an end.
      if (event.type !== 'message.received' || said.startsWith(ECHO)) return {}
      const body = JSON.stringify({ reply: { text: `${ECHO}${said}` } })
      return { headers: { 'content-type': 'application/json' }, body }
    },
    showAll() {
      isShowing = true
    },
  }
}

export function eventOf({ body }: Received): Told {
  return JSON.parse(body) as Told
}

function lineOf({ type, account_id, data }: Told, at: Date): string {
  const who = data.from?.name ?? data.from?.phone ?? ''
  const what = type === 'message.received' ? `${who}: ${data.text?.body ?? '(no text)'}` : (data.message_id ?? '')
  return `  ${at.toTimeString().slice(0, 8)}  ${type.padEnd(20)}  ${account_id.padEnd(6)}  ${what}`.trimEnd()
}
