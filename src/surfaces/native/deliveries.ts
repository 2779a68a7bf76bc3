// Answers the operations on deliveries.
import type { deliveries as said } from '../../contract/native/deliveries.ts'
import type { Output } from '../../contract/operation.ts'
import type { DeliveryView, Gateway } from '../../gateway/gateway.ts'
import type { Attempt } from '../../model/delivery.ts'
import { eventId } from '../../model/event.ts'
import type { Handlers } from '../surface.ts'
import { timeIn, timeOrNull, timeOut } from './time.ts'

type Shown = Output<typeof said.listDeliveries>['deliveries'][number]

function attemptToWire({ number, at, tookMs, status, error }: Attempt): NonNullable<Shown['last_attempt']> {
  return { number, at: timeOut(at), took_ms: tookMs, status, error }
}

function toWire({ id, hookId, event, state, attempts, dueAt, last }: DeliveryView): Shown {
  return {
    id,
    hook_id: hookId,
    event_id: eventId(event),
    event_type: event.type,
    account_id: event.account,
    chat: event.chat,
    recorded_at: timeOut(event.at),
    state,
    attempt_count: attempts,
    due_at: timeOrNull(dueAt),
    last_attempt: last && attemptToWire(last),
  }
}

export const deliveries: Handlers<Gateway, typeof said> = {
  async listDeliveries({ app }, { hook, state, event, limit = 100, after }) {
    const page = await app.deliveries.list({ hookId: hook, state, eventId: event, after, limit })
    return { deliveries: page.deliveries.map(toWire), next: page.next }
  },
  async getDelivery({ app }, { id }) {
    const view = await app.deliveries.get(id)
    return { ...toWire(view), attempts: view.log.map(attemptToWire) }
  },
  async retryDelivery({ app }, { id }) {
    await app.deliveries.retry(id)
    return { status: 'ok', delivery_id: id }
  },
  async retryDeadDeliveries({ app }, { hook_id, since }) {
    const from = since === undefined ? 0 : timeIn(since, 'since')
    return { status: 'ok', retried: await app.deliveries.retryDead(hook_id, from) }
  },
}
