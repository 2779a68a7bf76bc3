// Files that Meta keeps: how they are stored, found, named by URLs that end, and forgotten.
import { createHash, createHmac } from 'node:crypto'
import { newAppSecret, newObjectId } from '../../ids.ts'
import type { MediaRecord, PhoneNumber } from '../../state.ts'
import type { World } from '../../world.ts'

const day = 24 * 60 * 60 * 1000
const keptMs = { business: 30 * day, customer: 7 * day }
const urlMs = 5 * 60 * 1000

/** The path of the second hop, where the bytes are. */
export const downloadPath = '/whatsapp_business/attachments'

type NewMedia = Pick<MediaRecord, 'mimeType' | 'sha256' | 'size' | 'path' | 'by' | 'filename'>

/** Keeps a file for a number: 30 days when the business uploaded it, 7 when a customer sent it. */
export function storeMedia(world: World, number: PhoneNumber, file: NewMedia): MediaRecord {
  const at = world.now()
  const media: MediaRecord = {
    ...{ id: newObjectId(), phoneNumberId: number.id, accountId: number.accountId, ...file },
    ...{ at, expiresAt: at + keptMs[file.by], urlKey: newAppSecret() },
  }
  world.state.media.set(media.id, media)
  return media
}

/** Keeps bytes that a customer sends. */
export function storeBytes(
  world: World,
  number: PhoneNumber,
  { bytes, mimeType, filename }: { bytes: Uint8Array; mimeType: string; filename?: string | undefined },
): MediaRecord {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const file = { mimeType, sha256, size: bytes.length, path: world.spool.put(bytes), by: 'customer' as const }
  return storeMedia(world, number, { ...file, ...(filename === undefined ? {} : { filename }) })
}

/** The file of this id while Meta keeps it. */
export function findMedia(world: World, id: string): MediaRecord | undefined {
  const media = world.state.media.get(id)
  return media && media.expiresAt > world.now() ? media : undefined
}

/** Forgets a file. */
export async function dropMedia(world: World, media: MediaRecord): Promise<void> {
  world.state.media.delete(media.id)
  await world.spool.drop(media.path)
}

/** A URL for the bytes, good for five minutes of the simulator's clock. */
export function mediaUrl(world: World, media: MediaRecord, origin: string): string {
  const ext = String(Math.floor((world.now() + urlMs) / 1000))
  const query = new URLSearchParams({ mid: media.id, ext, hash: hashOf(media, ext) })
  return `${origin}${downloadPath}/?${query}`
}

/** The file that a URL names, while the URL and the file are good. */
export function mediaOfUrl(world: World, query: Record<string, string>): MediaRecord | undefined {
  const { mid = '', ext = '', hash } = query
  const media = findMedia(world, mid)
  const isGood = media && hash === hashOf(media, ext) && Number(ext) * 1000 >= world.now()
  return isGood ? media : undefined
}

/** Ends a file, or only the URLs that were given out for it, before its time. */
export function expireMedia(world: World, id: string, what: 'id' | 'urls'): void {
  const media = findMedia(world, id)
  if (!media) throw new Error(`no media has the id ${id}`)
  if (what === 'id') media.expiresAt = world.now()
  else media.urlKey = newAppSecret()
}

function hashOf({ id, urlKey }: MediaRecord, ext: string): string {
  return createHmac('sha256', urlKey).update(`${id} ${ext}`).digest('base64url')
}
