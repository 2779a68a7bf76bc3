// `POST /{phone_number_id}/media`: takes a file.
import type { PhoneNumber, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { needScope } from '../auth.ts'
import { parameterError, unknownField, unknownObject } from '../graph-error.ts'
import type { GraphAnswer, GraphRequest } from '../graph-request.ts'
import { checkProduct } from '../messages/envelope.ts'
import { maxSize, typeProblem } from './media-types.ts'
import { storeMedia } from './stored.ts'

/**
 * Takes the part `file` of a multipart body. Its own Content-Type counts, as at Meta; the field `type` is only looked
 * at for being a text. Throws 100 for a missing file, a type that is not taken, an empty file and one that is too big.
 */
export async function uploadMedia(
  world: World,
  request: GraphRequest,
  { number, token }: { number: PhoneNumber; token: Token },
): Promise<GraphAnswer> {
  if (request.method === 'GET') throw unknownField('media', 'WhatsAppBusinessPhoneNumber')
  if (request.method !== 'POST') throw unknownObject(request.method, number.id)
  needScope(token, ['whatsapp_business_messaging'], 10)
  checkProduct(request.params)
  const file = request.files?.file
  if (!file) {
    const isText = request.params.file !== undefined
    throw parameterError(isText ? 'Param file must be a file.' : 'The parameter file is required.')
  }
  if (file.filename === undefined) throw parameterError('Param file must be a file with a name.')
  const { type } = request.params
  if (type !== undefined && (typeof type !== 'string' || type === '')) {
    throw parameterError('Param type must be a string.')
  }
  const problem = typeProblem(file.type)
  if (problem !== undefined) throw parameterError(problem)
  if (file.size === 0) throw parameterError('Param file must not be empty.')
  const limit = await maxSize(file)
  if (file.size > limit) {
    const details = `The file has ${file.size} bytes; at most ${limit} are allowed for ${file.type}.`
    throw parameterError('Param file is too large.', details)
  }
  file.kept = true
  const { size, sha256, path, filename } = file
  const media = storeMedia(world, number, { size, sha256, path, filename, mimeType: file.type, by: 'business' })
  return { body: { id: media.id }, accountId: number.accountId }
}
