// A message on its whole way there and back, watched at the hook: the same for every number.
import { HOOK } from './cast.ts'
import { eventOf, type Told } from './software.ts'
import type { Stage } from './stage.ts'
import type { Step } from './steps.ts'

/** How often and how long an attempt is looked for, ms. */
const LOOK_MS = 10
const MOST_MS = 2_000

/** Somebody who writes to an account, and reads the answer. */
export interface Correspondent {
  readonly account: string
  /** `the customer` */
  readonly who: string
  /** `the reply was sent`: what has happened when the account tells so. */
  readonly sent: string
  writes(text: string): Promise<void>
  /** Reads the answer with that id on WhatsApp. */
  reads(messageId: string): Promise<void>
}

/** Fails with an Error that says what did not happen. */
export async function thereAndBack(stage: Stage, { account, who, sent, writes, reads }: Correspondent, step: Step) {
  await writes('hi')
  step(`${who} writes "hi"`)
  const { event, signed } = await told(stage, account, 'message.received')
  if (!signed) throw new Error(`the signature of event ${event.id} is wrong`)
  step(`event ${event.id} was recorded and arrived, signature right`)
  const { status, took_ms } = await firstAttempt(stage, event.id)
  step(`webhook delivered: status ${status}`, took_ms)
  const reply = messageOf((await told(stage, account, 'message.sent')).event)
  step(`${sent}: ${reply}`)
  await told(stage, account, 'message.delivered')
  step(`the reply is on ${who}'s phone: ✓✓`)
  await reads(reply)
  await told(stage, account, 'message.read')
  step(`${who} read it: blue ticks`)
}

/** The first event of that type which the hook got of that account, or gets within ten seconds. */
export async function told(
  { receiver }: Stage,
  account: string,
  type: string,
): Promise<{ event: Told; signed: boolean }> {
  const fits = (event: Told) => event.type === type && event.account_id === account
  try {
    const request = await receiver.next((candidate) => fits(eventOf(candidate)))
    return { event: eventOf(request), signed: request.signed === true }
  } catch {
    throw new Error(`the hook was not told ${type} of "${account}" within ten seconds`)
  }
}

/** The attempt is written down just after the receiver has it. */
async function firstAttempt({ api }: Stage, event: string): Promise<{ status: number | null; took_ms: number }> {
  const end = performance.now() + MOST_MS
  while (performance.now() < end) {
    const { deliveries } = await api.listDeliveries({ event, hook: HOOK })
    const attempt = deliveries[0]?.last_attempt
    if (attempt) return attempt
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`the delivery was not written down within ${MOST_MS} ms`)
}

/** As WhatsApp knows it. */
function messageOf({ data }: Told): string {
  return data.transport_id ?? data.message_id ?? ''
}
