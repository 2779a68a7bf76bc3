// `/{waba_id}/flows`, `/{flow_id}` and its edges.
import type { Flow } from '../../managed.ts'
import type { Account, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { pageOf } from '../fields.ts'
import { unknownField, unknownObject } from '../graph-error.ts'
import type { GraphAnswer, GraphRequest } from '../graph-request.ts'
import { flowFields } from './flow-node.ts'
import { changeMetadata, createFlow, deleteFlow, deprecateFlow, publishFlow, uploadAsset } from './write.ts'

/** Lists or makes flows of an account. */
export function flowsCall(
  world: World,
  request: GraphRequest,
  { account, token }: { account: Account; token: Token },
): GraphAnswer {
  const { method, params } = request
  const accountId = account.id
  if (method === 'POST') return { body: createFlow(world, account, { params, token }), accountId }
  if (method !== 'GET') throw unknownObject(method, accountId)
  const own = [...world.state.managed.flows.values()].filter((flow) => flow.accountId === accountId)
  const items = own.map((flow) => flowFields(world, flow, params.fields))
  return { body: pageOf(items, request, world.state.limits.page), accountId }
}

/** Reads, changes, publishes, deprecates or deletes one flow. */
export async function flowCall(world: World, request: GraphRequest, flow: Flow): Promise<GraphAnswer> {
  const { method, params, segments } = request
  const { accountId } = flow
  const edge = segments[1] ?? ''
  const calls: Record<string, () => unknown> = {
    'GET ': () => flowFields(world, flow, params.fields),
    'POST ': () => changeMetadata(world, flow, params),
    'DELETE ': () => deleteFlow(world, flow),
    'GET assets': () => assetsOf(flow, request),
    'POST assets': () => uploadAsset(world, flow, request),
    'POST publish': () => publishFlow(world, flow),
    'POST deprecate': () => deprecateFlow(world, flow),
  }
  const call = Object.hasOwn(calls, `${method} ${edge}`) ? calls[`${method} ${edge}`] : undefined
  if (call) return { body: await call(), accountId }
  if (!['', 'assets', 'publish', 'deprecate'].includes(edge)) throw unknownField(edge, 'WhatsAppFlow')
  throw unknownObject(method, flow.id)
}

/** `GET /flow_assets/{flow_id}?token=`: where the download link of an asset leads; it needs no access token. */
export function downloadAsset(world: World, request: GraphRequest): GraphAnswer {
  const id = request.segments[1] ?? ''
  const flow = world.state.managed.flows.get(id)
  if (flow?.json === undefined || request.query.token !== flow.previewToken) throw unknownObject(request.method, id)
  return { body: JSON.parse(flow.json) }
}

/** The one asset that a flow has, with a link of this server. */
function assetsOf(flow: Flow, request: GraphRequest): Record<string, unknown> {
  if (flow.json === undefined) return { data: [] }
  const cursor = Buffer.from(`cursor:${flow.id}`).toString('base64url')
  const link = `${request.origin}/flow_assets/${flow.id}?token=${flow.previewToken}`
  return {
    data: [{ name: 'flow.json', asset_type: 'FLOW_JSON', download_url: link }],
    paging: { cursors: { before: cursor, after: cursor } },
  }
}
