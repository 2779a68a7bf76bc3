// Answers the operations on the cache.
import type { cache as said } from '../../contract/native/cache.ts'
import type { Output } from '../../contract/operation.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { eventId, type RecordedEvent } from '../../model/event.ts'
import { Failure } from '../../model/failure.ts'
import type { Handlers } from '../surface.ts'
import { timeOut } from './time.ts'

function toWire(event: RecordedEvent): Output<typeof said.getCachedEvent> {
  const timestamp = timeOut(event.at)
  const data: object = JSON.parse(event.data)
  return {
    id: eventId(event),
    timestamp,
    event: { type: event.type, timestamp, account_id: event.account, data },
  }
}

const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

export const cache: Handlers<Gateway, typeof said> = {
  async getCachedEvents({ app }, { event_type: type, limit = 1000, after }) {
    const page = await app.cache.list({ type, after, limit })
    return { cached_events: page.events.map(toWire), count: page.total, next: page.next }
  },
  async clearCache({ app }) {
    const cleared = await app.cache.clear()
    return { success: true, cleared, message: `${counted(cleared, 'event')} cleared` }
  },
  async getCacheStats({ app }) {
    const stats = await app.cache.stats()
    return { enabled: stats.enabled, total_count: stats.total, by_event_type: { ...stats.byType } }
  },
  async replayCachedEvents({ app }) {
    const { replayed, delivered, failed, remaining } = await app.cache.replayAll()
    return { success: failed === 0, replayed, delivered, failed, remaining_cached: remaining }
  },
  async getCachedEvent({ app }, { id }) {
    return toWire(await app.cache.get(id))
  },
  async deleteCachedEvent({ app }, { id }) {
    await app.cache.remove(id)
    return { success: true, event_id: id, message: 'Event deleted' }
  },
  async replayCachedEvent({ app }, { id }) {
    if (id === undefined) throw new Failure('invalid', 'id: is required, in the query or in the body')
    const { delivered, failed, waiting } = await app.cache.replay(id)
    if (failed > 0) {
      const sentence = `Replay failed: ${counted(delivered, 'webhook')} took the event, ${failed} did not`
      throw new Failure('upstream', sentence, { facts: { event_id: id, delivered, failed, waiting } })
    }
    const message =
      delivered + waiting === 0
        ? 'No active webhook wants the event; it stays in the cache'
        : `Delivered to ${counted(delivered, 'webhook')}${waiting > 0 ? `, ${waiting} still waiting` : ''}`
    return { success: delivered > 0 && waiting === 0, event_id: id, message }
  },
}
