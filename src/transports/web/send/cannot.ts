// What a linked device cannot say, in sentences that name what can be sent instead.
import { type Content, isMedia } from '../../../model/content.ts'

const OF_CLOUD = 'only numbers on the Cloud API (type "business-api") have them'
const INSTEAD = 'A linked device (type "whatsmeow") sends texts, files, locations, contacts and reactions'

const SENTENCES: Readonly<Partial<Record<Content['kind'], string>>> = {
  template: `Templates are approved and sent by Meta: ${OF_CLOUD}. A linked device needs none: send the text with /api/send.`,
  flow: `Flows run at Meta: ${OF_CLOUD}. Ask in a text with /api/send instead.`,
  interactive: `Buttons and lists do not reach the phones that a linked device writes to: ${OF_CLOUD}. Ask in a text with /api/send instead, with the choices in numbered lines.`,
  catalog: `Catalogs lie at Meta: ${OF_CLOUD}. Send the link of your shop with /api/send, or a picture with /api/send/image.`,
  product: `Products lie in a catalog at Meta: ${OF_CLOUD}. Send a picture with a caption with /api/send/image instead.`,
  product_list: `Products lie in a catalog at Meta: ${OF_CLOUD}. Send pictures with captions with /api/send/image instead.`,
}

const UPLOADED = `media_id: names a file that was uploaded to Meta, which linked devices do not see. Give the file itself (in base64, or its address) instead.`

const PREVIEW =
  'preview_url: a linked device shows no previews of links, since whoever sends one has to fetch the page, and this server calls nobody but WhatsApp for that. Leave preview_url out: the link goes as it is, and can be tapped.'

/** Null: it can. */
export function whyNot(content: Content): string | null {
  if (content.kind === 'text' && content.previewUrl) return PREVIEW
  const sentence = SENTENCES[content.kind]
  if (sentence !== undefined) return `${sentence} ${INSTEAD}.`
  return isMedia(content) && content.media.from === 'id' ? UPLOADED : null
}
