// Which id the outside was told for a message: the first one told stands for ever.
import type { OutMessage } from '../model/message.ts'

/** Messages remembered; older ones are settled in the store by then. */
const REMEMBERED = 50_000

export interface PublicIds {
  /** The id told before, or else `candidate`, which then is the one. */
  of(message: Pick<OutMessage, 'id' | 'publicId'>, candidate: string): string
}

/**
 * The send's answer and a status callback may come at the same moment and each would name the message: both ask here,
 * where nothing is awaited, so that the first settles it.
 */
export function createPublicIds(): PublicIds {
  const told = new Map<string, string>()
  return {
    of(message, candidate) {
      const known = message.publicId ?? told.get(message.id)
      if (known !== undefined) return known
      told.set(message.id, candidate)
      const oldest = told.size > REMEMBERED ? told.keys().next() : null
      if (oldest && !oldest.done) told.delete(oldest.value)
      return candidate
    },
  }
}
