// The door of everything besides linking and writing: puts it together, and hangs it into the world.
import { openGroups } from '../groups/index.ts'
import { type Answer, type DeviceQuestion, refuse } from '../iq/answer.ts'
import type { Answers } from '../iq/router.ts'
import { type MediaStore, startMediaStore } from '../media/index.ts'
import { stanza } from '../wire/stanza.ts'
import type { World } from '../world.ts'
import { openAnswering } from './answering.ts'
import { openAppState } from './app-state.ts'
import { openCalls } from './calls.ts'
import { openChannels } from './channels.ts'
import { openContacts } from './contacts.ts'
import { type FeatureDoor, featureDoor } from './door.ts'
import { openDeviceNews } from './notifications.ts'
import { openPresence } from './presence.ts'
import { openReuploads, type Reuploads } from './reupload.ts'
import * as strange from './strange-stanzas.ts'

export type { CallView, ChangeInWords, FeatureDoor, GroupView, PastInWords } from './door.ts'
export type { Doing, Told } from './presence.ts'
export type { Reuploads } from './reupload.ts'
export { strange }

/** Starts the media hosts, and lets the world know of groups, profiles, calls and the rest. Close it at the end. */
export async function openFeatures(
  world: World,
  options: { host?: string; mediaPort?: number } = {},
): Promise<{ door: FeatureDoor; answers: Answers; close(): Promise<void> }> {
  const { host, mediaPort } = options
  const media = await startMediaStore({
    ...(host === undefined ? {} : { host }),
    ...(mediaPort === undefined ? {} : { port: mediaPort }),
  })
  world.media.hosts = [media.host]
  world.media.authority = media.ca
  const groups = openGroups(world)
  world.groups = groups.traffic
  const contacts = openContacts(world, { groups: groups.all, media })
  const appState = openAppState(world, media)
  let reuploads: Reuploads = 'brings'
  openReuploads(world, media, () => reuploads)
  openAnswering(world, media)
  openDeviceNews(world)
  const door = featureDoor(world, {
    ...{ media, groups, contacts, appState, calls: openCalls(world), presence: openPresence(world) },
    channels: openChannels(world),
    reuploads(how) {
      reuploads = how
    },
  })
  const answers: Answers = {
    ...{ 'w:g2': groups.answer, 'w:m': mediaHosts(media), 'w:biz': contacts.answerBusiness },
    ...{ 'w:profile:picture': contacts.answerPicture, 'w:sync:app:state': appState.answer },
  }
  return { door, answers, close: () => media.close() }
}

/** `media_conn`: where files go and come from, and what uploads must carry. */
const mediaHosts =
  ({ host, auth, maxBytes }: MediaStore) =>
  ({ iq }: DeviceQuestion): Answer => {
    if (iq.attrs.type !== 'set' && iq.attrs.type !== 'get') return refuse(400, 'bad-request')
    const hosts = [stanza('host', { hostname: host, maxContentLengthBytes: String(maxBytes) })]
    return [stanza('media_conn', { auth, ttl: '3600', auth_ttl: '21600', max_buckets: '12' }, hosts)]
  }
