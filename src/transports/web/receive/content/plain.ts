// Messages that say it all in themselves: texts, places, contacts, reactions, polls, invitations.
import { asList, asNumber, asObject, asText, isObject, isoOfSeconds, present, type Wire } from '../values.ts'
import type { Told } from './said.ts'
import { readVcard } from './vcard.ts'

const MAX_CONTACTS = 250
const MAX_OPTIONS = 64

export const PLAIN_READERS: Readonly<Record<string, (value: Wire) => Told>> = {
  extendedTextMessage: (value) => ({ type: 'text', body: { body: asText(value.text) ?? '' } }),
  locationMessage: (value) => ({
    type: 'location',
    body: { ...placeOf(value), ...(value.isLive === true ? movingOf(value) : null) },
  }),
  liveLocationMessage: (value) => ({
    type: 'location',
    body: { ...placeOf(value), ...movingOf(value), ...present({ caption: asText(value.caption) }) },
  }),
  contactMessage: (value) => ({ type: 'contacts', body: [contactOf(value)] }),
  contactsArrayMessage: (value) => ({
    type: 'contacts',
    body: asList(value.contacts).filter(isObject).slice(0, MAX_CONTACTS).map(contactOf),
  }),
  reactionMessage: reactionOf,
  groupInviteMessage: (value) => ({
    type: 'group_invite',
    body: present({
      group_id: asText(value.groupJid),
      code: asText(value.inviteCode),
      name: asText(value.groupName),
      caption: asText(value.caption),
      expires_at: isoOfSeconds(value.inviteExpiration),
    }),
  }),
  albumMessage: (value) => ({
    type: 'album',
    body: { images: asNumber(value.expectedImageCount) ?? 0, videos: asNumber(value.expectedVideoCount) ?? 0 },
  }),
  pollCreationMessage: pollOf,
  pollCreationMessageV2: pollOf,
  pollCreationMessageV3: pollOf,
  pollCreationMessageV5: pollOf,
  eventMessage: (value) => ({
    type: 'event',
    body: {
      ...present({
        name: asText(value.name),
        description: asText(value.description),
        location: isObject(value.location) ? placeOf(value.location) : null,
        join_link: asText(value.joinLink),
        starts_at: isoOfSeconds(value.startTime),
        ends_at: isoOfSeconds(value.endTime),
      }),
      canceled: value.isCanceled === true,
    },
  }),
  pinInChatMessage: (value) => ({ type: 'pin', ...aboutOf(value.key, { pinned: isFirst(value.type, 'PIN_FOR_ALL') }) }),
  keepInChatMessage: (value) => ({
    type: 'keep',
    ...aboutOf(value.key, { kept: isFirst(value.keepType, 'KEEP_FOR_ALL') }),
  }),
  stickerPackMessage: (value) => ({
    type: 'sticker_pack',
    body: present({
      name: asText(value.name),
      publisher: asText(value.publisher),
      caption: asText(value.caption),
      stickers: asList(value.stickers).length,
    }),
  }),
  placeholderMessage: () => ({ type: 'unsupported', body: { type: 'placeholder' } }),
}

function reactionOf(value: Wire): Told {
  const target = asText(asObject(value.key).id)
  return {
    event: 'message.reaction',
    type: 'reaction',
    body: { message_id: target, emoji: asText(value.text) ?? '' },
    targetId: target,
  }
}

function aboutOf(key: unknown, more: Wire): Pick<Told, 'body' | 'targetId'> {
  const target = asText(asObject(key).id)
  return { body: { message_id: target, ...more }, targetId: target }
}

function isFirst(value: unknown, name: string): boolean {
  return value === 1 || value === name
}

function placeOf(value: Wire): Wire {
  return present({
    latitude: asNumber(value.degreesLatitude) ?? 0,
    longitude: asNumber(value.degreesLongitude) ?? 0,
    name: asText(value.name),
    address: asText(value.address),
    url: asText(value.url),
  })
}

/** A place that moves: each step is a message of its own. */
function movingOf(value: Wire): Wire {
  return present({
    live: true,
    accuracy_m: asNumber(value.accuracyInMeters),
    speed_mps: asNumber(value.speedInMps),
    heading: asNumber(value.degreesClockwiseFromMagneticNorth),
    step: asNumber(value.sequenceNumber),
  })
}

function contactOf(value: Wire): Wire {
  return readVcard(asText(value.vcard) ?? '', asText(value.displayName))
}

function pollOf(value: Wire): Told {
  const options = asList(value.options)
    .slice(0, MAX_OPTIONS)
    .map((option) => asText(asObject(option).optionName))
    .filter((option) => option !== null)
  const most = asNumber(value.selectableOptionsCount) ?? 0
  return { type: 'poll', body: { name: asText(value.name) ?? '', options, selectable_count: most } }
}
