// Messages that came in before the start, read back from what was recorded of them.
import type { Arrived } from '../port.ts'
import { asNumber, asObject, asText, isObject } from '../receive/values.ts'

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
