// A linked device could not fetch a file: its phone brings it again, or says why it cannot.
import type { proto } from 'baileys'
import { type MediaStore, mediaRetryAnswer, type RetryOutcome } from '../media/index.ts'
import { deliver } from '../traffic/queue.ts'
import { need, type World } from '../world.ts'

/** What phones do when they are asked for a file; `silent`: nothing at all, as a phone that is switched off. */
export type Reuploads = 'brings' | 'not-found' | 'silent'

/** Listens for receipts of type `server-error`. `how` is asked anew each time. */
export function openReuploads(world: World, media: MediaStore, how: () => Reuploads): void {
  world.news.on('receipt', ({ type, from, ids, stanza: request }) => {
    const account = need(world, from.number)
    const companion = account.companions.get(from.device)
    if (type !== 'server-error' || !companion || how() === 'silent') return
    const file = fileOf(world, ids[0] ?? '')
    const outcome: RetryOutcome =
      file && how() === 'brings' && media.blob(file.directPath)
        ? { directPath: media.renew(file.directPath) }
        : { fails: 'not-found' }
    const known = { from: account.pn, mediaKey: file?.mediaKey ?? null, outcome }
    deliver(companion, mediaRetryAnswer(request, known))
  })
}

type Found = { mediaKey: Uint8Array; directPath: string }

/** The file of a message that a phone sent or got. */
function fileOf(world: World, id: string): Found | undefined {
  for (const account of new Set(world.state.accounts.values())) {
    const content = account.sent.get(id)?.content ?? account.inbox.find((received) => received.id === id)?.content
    const file = content && fileIn(content)
    if (file) return file
  }
  return undefined
}

/** Looks through wrappers, as deep as phones nest them. */
function fileIn(content: proto.IMessage, levels = 4): Found | undefined {
  for (const value of Object.values(content)) {
    if (typeof value !== 'object' || value === null) continue
    const { mediaKey, directPath, message } = value as Partial<Found> & { message?: proto.IMessage }
    if (mediaKey && directPath) return { mediaKey, directPath }
    const inner = message && levels > 0 ? fileIn(message, levels - 1) : undefined
    if (inner) return inner
  }
  return undefined
}
