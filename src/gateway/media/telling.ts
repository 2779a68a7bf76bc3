// What hooks are told of the file that came with an event: the same at every attempt, whatever becomes of the file.
import { readFile } from 'node:fs/promises'
import type { Complete } from '../../delivery/sink.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Folder } from '../../kit/spool.ts'
import type { RecordedEvent } from '../../model/event.ts'
import type { MediaRef } from '../../model/event-data.ts'
import type { HookMedia } from '../../model/hook.ts'
import type { MediaFile } from '../../model/media.ts'
import type { Store } from '../../store/store.ts'
import type { Links } from './links.ts'

/** How long an event waits for its file, ms: most are here long before, and one that is not must not hold it up. */
const WAIT_MS = 5000
/** Larger ones come by their link only, bytes: a body with a file is held in memory while it is sent. */
const LARGEST_INLINE = 10 * 1024 * 1024
/** As `data` writes it for an event that has a file. */
const MARK = '"file_id":"med_'

export interface TellingDeps {
  readonly store: Pick<Store, 'media'>
  readonly folder: Pick<Folder, 'path'>
  readonly links: Links
  readonly clock: Clock
  /** Resolves when the file's next try has ended, or after `ms`. */
  readonly nextTry: (id: string, ms: number) => Promise<void>
  /** Told that hooks were told of a file that is not there. */
  readonly toldWithout: (id: string) => void
}

/** Puts the file into the events that carry one, as the hook wants it; all others come back as they are, at once. */
export function createTelling(deps: TellingDeps): Complete {
  const made = new WeakMap<RecordedEvent, Map<HookMedia, Promise<RecordedEvent>>>()
  return (event, hook) => {
    if (hook.media === 'none' || !event.data.includes(MARK)) return event
    const ofEvent = made.get(event) ?? new Map<HookMedia, Promise<RecordedEvent>>()
    made.set(event, ofEvent)
    const found = ofEvent.get(hook.media)
    if (found) return found
    const completing = complete(deps, event, hook.media)
    ofEvent.set(hook.media, completing)
    // What failed is tried again with the next attempt.
    completing.catch(() => ofEvent.delete(hook.media))
    return completing
  }
}

async function complete(deps: TellingDeps, event: RecordedEvent, how: HookMedia): Promise<RecordedEvent> {
  const data = JSON.parse(event.data) as { readonly media?: MediaRef | null }
  const id = data.media?.file_id ?? null
  if (!data.media || id === null) return event
  const file = await deps.store.media.get(id)
  const told = event.type === 'media.ready' ? '' : await settled(deps, file)
  const media = { ...data.media, ...(file && (await parts(deps, file, { told, how }))) }
  return { ...event, data: JSON.stringify({ ...data, media }) }
}

/** What holds for this file and its event from now on: empty when the file is there, else why it is not. */
async function settled(deps: TellingDeps, file: MediaFile | null): Promise<string> {
  if (!file) return 'It is not kept any more'
  if (file.told !== null) return file.told
  const now = isUntried(file) ? await awaited(deps, file) : file
  const wish = now.state === 'ready' ? '' : (now.reason ?? 'It is still being fetched')
  const told = await deps.store.media.tell(file.id, wish)
  if (told !== '') deps.toldWithout(file.id)
  return told
}

const isUntried = ({ state, tries }: MediaFile): boolean => state === 'waiting' && tries === 0

/** The file after its first try. Listens before it looks: a try that ends just now is either heard or seen. */
async function awaited({ store, nextTry }: TellingDeps, file: MediaFile): Promise<MediaFile> {
  const tried = nextTry(file.id, WAIT_MS)
  const now = (await store.media.get(file.id)) ?? file
  if (!isUntried(now)) return now
  await tried
  return (await store.media.get(file.id)) ?? file
}

async function parts(
  { links, folder, store }: TellingDeps,
  file: MediaFile,
  { told, how }: { told: string; how: HookMedia },
): Promise<Partial<MediaRef>> {
  if (told !== '') return { error: told }
  const now = (await store.media.get(file.id)) ?? file
  const known = { size: now.size, mime_type: now.mimeType }
  const link = how === 'base64' ? {} : { url: links.of(file) }
  if (how === 'link') return { ...known, ...link }
  if ((now.size ?? 0) > LARGEST_INLINE) {
    return {
      ...known,
      url: links.of(file),
      error: `Larger than ${LARGEST_INLINE} bytes, so that it comes by its link only`,
    }
  }
  const bytes = await readFile(folder.path(file.id)).catch(() => null)
  return bytes
    ? { ...known, ...link, data: bytes.toString('base64') }
    : { ...known, ...link, error: 'It is not kept any more' }
}
