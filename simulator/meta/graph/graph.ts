// Which part answers which Graph call.

import type { Business, Token } from '../state.ts'
import type { World } from '../world.ts'
import { accountCall, businessCall } from './accounts.ts'
import { authenticate, debugToken, needScope, visibleAccount, visibleNumber } from './auth.ts'
import { catalogCall, visibleCatalog } from './catalogs/catalogs.ts'
import { downloadAsset, flowCall } from './flows/flows.ts'
import { GraphError, parameterError, unknownObject } from './graph-error.ts'
import type { GraphAnswer, GraphRequest } from './graph-request.ts'
import type { LimitKeeper } from './limits.ts'
import { downloadMedia, mediaCall, visibleMedia } from './media/media-node.ts'
import { downloadPath } from './media/stored.ts'
import { uploadMedia } from './media/upload.ts'
import { postMessages } from './messages/messages.ts'
import { numberCall } from './numbers/numbers.ts'
import { templateCall } from './templates/templates.ts'

/** Answers a call, or throws the GraphError that it deserves. */
export async function answerGraph(world: World, request: GraphRequest, limits: LimitKeeper): Promise<GraphAnswer> {
  const [id, edge, ...rest] = request.segments
  if (isDownload(request)) return downloadMedia(world, request)
  if (id === 'flow_assets') return downloadAsset(world, request)
  const token = authenticate(world, request)
  if (id === undefined) throw unknownObject(request.method, '')
  if (rest.length > 0) {
    throw new GraphError(`Unknown path components: /${[edge, ...rest].join('/')}`, { code: 2500 })
  }
  if (id === 'debug_token' && edge === undefined) return debugToken(world, request, token)
  const number = visibleNumber(world, request, token)
  if (number) {
    const subject = { number, token, limits }
    if (edge === 'media') return uploadMedia(world, request, subject)
    if (edge === 'messages') return postMessages(world, request, subject)
    limits.countManagement(number.accountId)
    return numberCall(world, request, subject)
  }
  const account = visibleAccount(world, request, token)
  if (account) {
    limits.countManagement(account.id)
    return accountCall(world, request, { account, token })
  }
  const business = visibleBusiness(world, id, token)
  if (business) return businessCall(world, request, { business, token })
  const managed = managedCall(world, request, { token, limits })
  if (managed) return managed
  const media = visibleMedia(world, request, token)
  if (media) return mediaCall(world, request, { media, token })
  // Recorded: Graph takes the id of what it is to delete for that of a post when it knows nothing of it.
  if (request.method === 'DELETE' && edge === undefined) throw parameterError('Invalid post_id parameter')
  if (/^\d+$/.test(id)) throw unknownObject(request.method, id)
  throw new GraphError(`(#803) Some of the aliases you requested do not exist: ${id}`, { code: 803, status: 404 })
}

/** Templates, flows and catalogs by their ids. */
function managedCall(
  world: World,
  request: GraphRequest,
  { token, limits }: { token: Token; limits: LimitKeeper },
): GraphAnswer | Promise<GraphAnswer> | undefined {
  const id = request.segments[0] ?? ''
  const { templates, flows } = world.state.managed
  const catalog = visibleCatalog(world, id, token)
  if (catalog) return catalogCall(world, request, { catalog, token })
  const [template, flow] = [templates.get(id), flows.get(id)]
  const accountId = template?.accountId ?? flow?.accountId
  if (accountId === undefined || !token.accountIds.has(accountId)) return undefined
  needScope(token, ['whatsapp_business_management'])
  limits.countManagement(accountId)
  if (template) return templateCall(world, request, template)
  return flow && flowCall(world, request, flow)
}

/** The second hop of a download is not of Graph: its host and its path are others. */
function isDownload({ version, segments }: GraphRequest): boolean {
  return version === undefined && segments.join('/') === downloadPath.slice(1)
}

function visibleBusiness(world: World, id: string, token: Token): Business | undefined {
  return token.businessIds.has(id) ? world.state.businesses.get(id) : undefined
}
