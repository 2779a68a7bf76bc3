// Messages that came in before the start, read back from what was recorded of them.
import { createKeyedQueue } from '../../../kit/keyed-queue.ts'
import { createLru } from '../../../kit/lru.ts'
import type { LineSide } from '../parts.ts'
import type { Arrived, Envelope } from '../port.ts'
import { asNumber, asObject, asText, isObject } from '../receive/values.ts'
import type { Heard } from './heard.ts'

/** Ids that were looked for in vain: what comes in under one later is heard. */
const ABSENT = 1000

/** Finds the envelope of a message that came in, lately or before the start; null when it is not known. */
export function createRecall(
  { account, desk }: Pick<LineSide, 'account' | 'desk'>,
  heard: Heard,
): (id: string) => Promise<Envelope | null> {
  const absent = createLru<true>({ most: ABSENT })
  const inTurn = createKeyedQueue()
  const look = async (id: string): Promise<Envelope | null> => {
    const lately = heard.envelope(id)
    if (lately || absent.get(id)) return lately
    const raw = (await desk.received?.(account.id, id)) ?? null
    const recalled = raw === null ? null : arrivedFrom(raw)
    if (recalled?.envelope.id !== id) {
      absent.set(id, true)
      return null
    }
    heard.keep(recalled)
    return recalled.envelope
  }
  // Looking through the log takes a while: one at a time, and none twice.
  return (id) => {
    const lately = heard.envelope(id)
    return lately ? Promise.resolve(lately) : inTurn('', () => look(id))
  }
}

/** `raw` is what `rawOf` of receiving wrote; null when it is something else. */
export function arrivedFrom(raw: string): Arrived | null {
  const told = asObject(JSON.parse(raw))
  const key = asObject(told.key)
  const [id, chat, from] = [asText(key.id), asText(key.remoteJid), asText(key.participant)]
  if (id === null || chat === null || from === null) return null
  return {
    envelope: {
      ...{ id, chat, from },
      chatAlt: asText(key.remoteJidAlt),
      fromAlt: asText(key.participantAlt),
      fromMe: key.fromMe === true,
      pushName: asText(told.pushName),
      at: (asNumber(told.messageTimestamp) ?? 0) * 1000,
      category: asText(told.category),
    },
    // Bytes stand there in base64, which the library takes as well.
    content: isObject(told.message) ? told.message : null,
  }
}
