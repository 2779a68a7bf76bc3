// What a message says, as Meta writes it: its type, and the object that is named after the type.
import type { ContactCard, Content, MediaContent } from '../../../model/content.ts'
import type { Wire } from '../wire.ts'
import { catalogOf, flowOf, productListOf, productOf } from './interactive.ts'

/** `{ type, <type>: {...} }` of each kind of content. */
export function contentBody(content: Content): Wire {
  switch (content.kind) {
    case 'text':
      return { type: 'text', text: { body: content.text, preview_url: content.previewUrl } }
    case 'image':
    case 'video':
    case 'document':
    case 'audio':
    case 'sticker':
      return { type: content.kind, [content.kind]: mediaOf(content) }
    case 'location':
      return { type: 'location', location: locationOf(content) }
    case 'contacts':
      return { type: 'contacts', contacts: content.contacts.map(cardOf) }
    case 'interactive':
      return { type: 'interactive', interactive: content.interactive }
    case 'template':
      return { type: 'template', template: content.template }
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: content.messageId, emoji: content.emoji } }
    case 'flow':
      return { type: 'interactive', interactive: flowOf(content) }
    case 'catalog':
      return { type: 'interactive', interactive: catalogOf(content) }
    case 'product':
      return { type: 'interactive', interactive: productOf(content) }
    case 'product_list':
      return { type: 'interactive', interactive: productListOf(content) }
  }
}

/** Only what the kind has: Meta refuses captions of audio and stickers, and file names of anything but documents. */
function mediaOf({ kind, media, caption, filename, voice }: MediaContent): Wire {
  if (media.from !== 'id') throw new Error('a file goes to Meta before its message')
  const mayHaveCaption = kind === 'image' || kind === 'video' || kind === 'document'
  return {
    id: media.id,
    ...(mayHaveCaption && caption !== null && caption !== '' ? { caption } : null),
    ...(kind === 'document' && filename !== null && filename !== '' ? { filename } : null),
    ...(kind === 'audio' && voice ? { voice: true } : null),
  }
}

function locationOf(place: Extract<Content, { kind: 'location' }>): Wire {
  const { latitude, longitude, name, address } = place
  return { latitude, longitude, ...(name === null ? null : { name }), ...(address === null ? null : { address }) }
}

const NAME_PARTS = ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix']

/** Meta wants one more part of the name beside `formatted_name`. */
function cardOf(card: ContactCard): Wire {
  const { name } = card
  const isWhole = NAME_PARTS.some((part) => typeof name[part] === 'string' && name[part] !== '')
  return isWhole ? card : { ...card, name: { ...name, first_name: name.formatted_name } }
}
