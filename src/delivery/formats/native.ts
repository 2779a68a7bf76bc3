// Writes an event as the body that hooks get: our own format, the same bytes at every attempt.
import { eventId, type RecordedEvent } from '../../model/event.ts'

/** An event, ready to be sent. */
export interface Formatted {
  /** `evt_...` */
  readonly id: string
  /** JSON, UTF-8. */
  readonly body: Buffer
}

/** Puts `raw` behind the fields of an object, both as JSON text, without reading either. */
function withRaw(data: string, raw: string): string {
  const end = data.lastIndexOf('}')
  if (end < 0 || !data.trimStart().startsWith('{')) return data
  const fields = data.slice(0, end).trimEnd()
  return `${fields}${fields.endsWith('{') ? '' : ','}"raw":${raw}}`
}

/**
 * The body as JSON text: `id`, `type`, `timestamp` (RFC 3339, when it was recorded), `account_id`, `data`. The recorded
 * JSON texts are put in as they are; `raw` adds the other side's own object as `data.raw`, where there is one.
 */
export function nativeBody(event: RecordedEvent, raw: boolean): string {
  const data = raw && event.raw !== null ? withRaw(event.data, event.raw) : event.data
  const at = new Date(event.at).toISOString()
  return `{"id":"${eventId(event)}","type":${JSON.stringify(event.type)},"timestamp":"${at}","account_id":${JSON.stringify(event.account)},"data":${data}}`
}

interface Kept {
  readonly id: string
  plain: Formatted | null
  raw: Formatted | null
}

/** A formatter that writes the body of an event once for all hooks that get it, as long as the event is in memory. */
export function createNativeFormat(): (event: RecordedEvent, raw: boolean) => Formatted {
  const kept = new WeakMap<RecordedEvent, Kept>()
  return (event, raw) => {
    let known = kept.get(event)
    if (!known) {
      known = { id: eventId(event), plain: null, raw: null }
      kept.set(event, known)
    }
    const form = raw && event.raw !== null ? 'raw' : 'plain'
    const found = known[form]
    if (found) return found
    const made = { id: known.id, body: Buffer.from(nativeBody(event, raw)) }
    known[form] = made
    return made
  }
}
