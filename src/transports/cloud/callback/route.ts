// Finds whose each change of a callback is.
import type { Log } from '../../../kit/log.ts'
import type { Change } from '../receive/change.ts'
import { asText, isObject, timeOf, type Wire } from '../wire.ts'
import type { OpenLine, Registry } from './registry.ts'

/** A change and the line that it is for. */
export interface Routed {
  readonly line: OpenLine
  readonly change: Pick<Change, 'entryId' | 'entryTime' | 'at' | 'field' | 'value'>
}

/** More entries or changes than Meta ever sends: what lies beyond is kept as one. */
const MAX_CHANGES = 2000

/** Different ids that nobody has; beyond this many they are counted without a warning of their own. */
const MAX_STRANGERS = 1000

/** `fallback` takes what names nobody and cannot be read either, so that it is not lost. */
export type Router = (body: Wire, fallback: OpenLine | null, path: string) => Routed[]

/**
 * A change goes to the account of its `metadata.phone_number_id`, on whatever path that account lives, for Meta has
 * one callback per app. Without metadata it goes to every account of the WABA `entry.id`; where no account is known to
 * be of that WABA, to the only line of the path if its WABA is not known yet. What is nobody's is acknowledged and
 * dropped: it belongs to numbers that are not, or not now, on this server.
 */
export function createRouter(registry: Registry, log: Log): Router {
  const strangers = new Map<string, number>()
  const dropped = (id: string | null, field: string): void => {
    const name = id ?? 'none'
    const count = (strangers.get(name) ?? 0) + 1
    if (count > 1) log.debug('a callback for nobody here was dropped', { id: name, field, count })
    else log.warn('callbacks come for a number or a WABA that no enabled account has', { id: name, field })
    if (strangers.size < MAX_STRANGERS || count > 1) strangers.set(name, count)
  }

  const linesFor = (entryId: string | null, value: unknown, path: string): readonly OpenLine[] => {
    const metadata = isObject(value) ? value.metadata : null
    const phoneNumberId = isObject(metadata) ? asText(metadata.phone_number_id) : null
    if (phoneNumberId !== null) {
      const line = registry.ofNumber(phoneNumberId, path)
      return line ? [line] : []
    }
    const ofWaba = entryId === null ? [] : registry.ofWaba(entryId)
    if (ofWaba.length > 0) return ofWaba
    const [only, second] = registry.onPath(path)
    return only && !second && only.wabaId() === null ? [only] : []
  }

  return (body, fallback, path) => {
    const routed: Routed[] = []
    const keep = (value: unknown, entry: Wire | null, field = 'unknown'): void => {
      if (fallback) routed.push({ line: fallback, change: { ...placeOf(entry), field, value } })
    }
    for (const { entry, item } of changesOf(body)) {
      if (entry === null || !isObject(item) || !('value' in item)) {
        keep(item, entry)
        continue
      }
      const field = typeof item.field === 'string' ? item.field : 'unknown'
      const place = placeOf(entry)
      const lines = linesFor(place.entryId, item.value, path)
      if (lines.length === 0) dropped(phoneNumberIdOf(item.value) ?? place.entryId, field)
      for (const line of lines) routed.push({ line, change: { ...place, field, value: item.value } })
    }
    return routed
  }
}

/** Every change with its entry; an entry that is none, or has no list of changes, comes as an item without an entry. */
function* changesOf(body: Wire): Generator<{ entry: Wire | null; item: unknown }> {
  const entries = body.entry
  if (!Array.isArray(entries)) {
    yield { entry: null, item: body }
    return
  }
  let count = 0
  for (const [index, entry] of entries.entries()) {
    const changes = isObject(entry) ? entry.changes : null
    if (!isObject(entry) || !Array.isArray(changes)) {
      count += 1
      yield { entry: null, item: count > MAX_CHANGES ? entries.slice(index) : entry }
      if (count > MAX_CHANGES) return
      continue
    }
    for (const [place, item] of changes.entries()) {
      count += 1
      yield { entry, item: count > MAX_CHANGES ? changes.slice(place) : item }
      if (count > MAX_CHANGES) break
    }
  }
}

function placeOf(entry: Wire | null): Pick<Change, 'entryId' | 'entryTime' | 'at'> {
  const time = entry?.time
  return { entryId: asText(entry?.id), entryTime: time ?? null, at: timeOf(time) ?? 0 }
}

function phoneNumberIdOf(value: unknown): string | null {
  const metadata = isObject(value) ? value.metadata : null
  return isObject(metadata) ? asText(metadata.phone_number_id) : null
}
