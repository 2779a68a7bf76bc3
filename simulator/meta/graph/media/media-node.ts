// `GET` and `DELETE /{media_id}`, and the second hop, where the bytes are.
import type { MediaRecord, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { authenticate, needScope } from '../auth.ts'
import { selectFields } from '../fields.ts'
import { GraphError, parameterError, unknownField, unknownObject } from '../graph-error.ts'
import type { GraphAnswer, GraphRequest } from '../graph-request.ts'
import { dropMedia, findMedia, mediaOfUrl, mediaUrl } from './stored.ts'

const defaults = ['messaging_product', 'url', 'mime_type', 'sha256', 'file_size']

/** The file of this id if the token may see it. */
export function visibleMedia(world: World, request: GraphRequest, token: Token): MediaRecord | undefined {
  const media = findMedia(world, request.segments[0] ?? '')
  return media && token.accountIds.has(media.accountId) ? media : undefined
}

/** Describes a file, or deletes it. `phone_number_id`, when given, must be the number that it belongs to. */
export async function mediaCall(
  world: World,
  request: GraphRequest,
  { media, token }: { media: MediaRecord; token: Token },
): Promise<GraphAnswer> {
  needScope(token, ['whatsapp_business_messaging', 'whatsapp_business_management'], 10)
  const [, edge] = request.segments
  if (edge !== undefined) throw unknownField(edge, 'WhatsAppBusinessMedia')
  const { phone_number_id: numberId, fields } = request.params
  if (numberId !== undefined && String(numberId) !== media.phoneNumberId) {
    throw parameterError('Param phone_number_id is not a valid whatsapp business phone number id ID')
  }
  if (request.method === 'DELETE') {
    await dropMedia(world, media)
    return { body: { success: true }, accountId: media.accountId }
  }
  if (request.method !== 'GET') throw unknownObject(request.method, media.id)
  const node = {
    type: 'WhatsAppBusinessMedia',
    defaults,
    fields: {
      messaging_product: () => 'whatsapp',
      url: () => mediaUrl(world, media, request.origin),
      mime_type: () => media.mimeType,
      sha256: () => media.sha256,
      file_size: () => media.size,
      id: () => media.id,
    },
  }
  return { body: selectFields(node, fields), accountId: media.accountId }
}

/**
 * The bytes, for a URL that is still good and a token that may see them; else 401, or 404. A caller without a
 * User-Agent is turned away, as clients report of the real host.
 */
export function downloadMedia(world: World, request: GraphRequest): GraphAnswer {
  const token = authenticate(world, request)
  if (request.method !== 'GET') throw unknownObject(request.method, 'whatsapp_business')
  if ((request.headers['user-agent'] ?? '') === '') {
    throw new GraphError('Invalid request: unsupported client', { code: 100, status: 400 })
  }
  const media = mediaOfUrl(world, request.query)
  if (!media || !token.accountIds.has(media.accountId)) {
    throw new GraphError('Media not found, or its URL has expired', { code: 100, status: 404 })
  }
  const { path, size, mimeType: type, filename } = media
  return { body: undefined, file: { path, size, type, ...(filename === undefined ? {} : { filename }) } }
}
