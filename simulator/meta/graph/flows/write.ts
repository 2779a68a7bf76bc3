// Flows made, changed, published, deprecated and deleted over Graph.
import { newAppSecret, newObjectId } from '../../ids.ts'
import type { Flow } from '../../managed.ts'
import type { Account, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { GraphError, parameterError, titleOf } from '../graph-error.ts'
import { type GraphRequest, isObject } from '../graph-request.ts'
import { readUpload } from '../multipart.ts'
import { isNameTaken, setStatus } from './changes.ts'
import { validateFlow } from './flow-json.ts'

type Params = Record<string, unknown>

const maxFile = 10 * 1024 * 1024
const categories = [
  ...['SIGN_UP', 'SIGN_IN', 'APPOINTMENT_BOOKING', 'LEAD_GENERATION', 'CONTACT_US', 'CUSTOMER_SUPPORT', 'SURVEY'],
  'OTHER',
]

/**
 * `POST /{waba_id}/flows`: a draft, with the JSON of `flow_json` or of the flow in `clone_flow_id`; `publish` takes
 * effect only on a JSON without mistakes. Answers the id, and of a JSON its validation_errors.
 */
export function createFlow(
  world: World,
  account: Account,
  { params, token }: { params: Params; token: Token },
): Params {
  const name = nameOf(world, account.id, params.name)
  const { clone_flow_id: source, flow_json: given, publish } = params
  if (source !== undefined && given !== undefined) throw parameterError('Only one clone source can be set')
  const original = source === undefined ? undefined : clonedFlow(world, account, source)
  const json = original ? original.json : jsonText(given)
  const checked = json === undefined ? undefined : validateFlow(json)
  const endpoint = uriOf(params.endpoint_uri) ?? original?.endpointUri
  const flow: Flow = {
    ...{ id: newObjectId(), accountId: account.id, appId: token.appId, name, status: 'DRAFT' },
    categories: params.categories === undefined && original ? original.categories : categoriesOf(params.categories),
    problems: checked?.problems ?? [],
    previewToken: newAppSecret(),
    ...(endpoint === undefined ? {} : { endpointUri: endpoint }),
    ...(json === undefined || checked?.isJson === false ? {} : { json }),
  }
  world.state.managed.flows.set(flow.id, flow)
  const isWanted = publish === true || publish === 'true'
  if (isWanted && publishProblem(flow) === undefined) setStatus(world, flow, 'PUBLISHED')
  return { id: flow.id, ...(given === undefined ? {} : { success: true, validation_errors: flow.problems }) }
}

/** `POST /{flow_id}`: name, categories, endpoint. */
export function changeMetadata(world: World, flow: Flow, params: Params): { success: true } {
  needChangeable(flow)
  const { name, categories: list, endpoint_uri: endpoint, application_id: appId } = params
  if ([name, list, endpoint, appId].every((each) => each === undefined)) {
    throw parameterError('At least one of the parameters name, categories, endpoint_uri, application_id is required.')
  }
  const changes = {
    ...(name === undefined ? {} : { name: nameOf(world, flow.accountId, name, flow.id) }),
    ...(list === undefined ? {} : { categories: categoriesOf(list) }),
    ...(endpoint === undefined ? {} : { endpointUri: uriOf(endpoint) }),
  }
  if (appId !== undefined && !world.state.apps.has(String(appId))) {
    throw parameterError(`Application with ID ${String(appId)} does not exist.`)
  }
  Object.assign(flow, changes, appId === undefined ? {} : { appId: String(appId) })
  return { success: true }
}

/**
 * `POST /{flow_id}/assets`, multipart: a new Flow JSON. It is kept with its mistakes, which the answer names; a file
 * that is no JSON is not kept. A published flow becomes a draft again.
 */
export async function uploadAsset(world: World, flow: Flow, request: GraphRequest): Promise<Params> {
  const { params, files } = request
  needChangeable(flow)
  needExactly(params, 'name', 'flow.json')
  needExactly(params, 'asset_type', 'FLOW_JSON')
  const file = files?.file
  if (!file) throw parameterError('The parameter file is required.')
  if (file.size > maxFile) throw parameterError('The file is larger than 10 MB.')
  const text = (await readUpload(file)).toString('utf8')
  const checked = validateFlow(text)
  if (checked.isJson) {
    flow.json = text
    flow.problems = checked.problems
    if (flow.status === 'PUBLISHED') setStatus(world, flow, 'DRAFT')
  }
  return { success: true, validation_errors: checked.problems }
}

/** `POST /{flow_id}/publish`; 139002 for what cannot be published. */
export function publishFlow(world: World, flow: Flow): { success: true } {
  const problem = publishProblem(flow)
  if (problem !== undefined) throw flowError(139002, problem)
  setStatus(world, flow, 'PUBLISHED')
  return { success: true }
}

/** `POST /{flow_id}/deprecate`; 139003 for what is not published. */
export function deprecateFlow(world: World, flow: Flow): { success: true } {
  if (flow.status !== 'PUBLISHED') {
    const isOld = flow.status === 'DEPRECATED'
    throw flowError(139003, isOld ? 'The flow is deprecated already.' : `The flow is not published: ${flow.status}.`)
  }
  setStatus(world, flow, 'DEPRECATED')
  return { success: true }
}

/** `DELETE /{flow_id}`; 139004 for what is no draft. */
export function deleteFlow(world: World, flow: Flow): { success: true } {
  if (flow.status !== 'DRAFT') throw flowError(139004, `Only drafts can be deleted; the flow is ${flow.status}.`)
  world.state.managed.flows.delete(flow.id)
  return { success: true }
}

function publishProblem(flow: Flow): string | undefined {
  if (flow.status !== 'DRAFT') return `Only drafts can be published; the flow is ${flow.status}.`
  if (flow.json === undefined) return 'The flow has no Flow JSON.'
  if (flow.problems.length > 0) return 'The Flow JSON has validation errors.'
  const { dataApiVersion, dataChannelUri } = validateFlow(flow.json)
  const hasEndpoint = flow.endpointUri !== undefined || dataChannelUri !== undefined
  return dataApiVersion !== undefined && !hasEndpoint
    ? 'The flow has a data_api_version but no endpoint URI.'
    : undefined
}

function needChangeable(flow: Flow): void {
  if (flow.status === 'DRAFT' || flow.status === 'PUBLISHED') return
  throw flowError(139001, `The flow is ${flow.status}.`)
}

function flowError(code: number, userMessage: string): GraphError {
  return new GraphError(`(#${code}) ${titleOf(code)}`, {
    code,
    transient: false,
    userTitle: titleOf(code),
    userMessage,
  })
}

function nameOf(world: World, accountId: string, name: unknown, but?: string): string {
  if (name === undefined || name === null || name === '') throw parameterError('The parameter name is required.')
  const text = String(name)
  if (text.length > 200) throw parameterError('Param name must be at most 200 characters.')
  if (!isNameTaken(world, accountId, text, but)) return text
  throw new GraphError('(#100) Flow name is not unique', {
    ...{ code: 100, transient: false, userTitle: 'Flow name is not unique' },
    userMessage: `Another flow of this account has the name ${text}.`,
  })
}

/** A list, or its JSON in a multipart field. */
function categoriesOf(value: unknown): string[] {
  if (value === undefined || value === '') throw parameterError('The parameter categories is required.')
  if (!Array.isArray(value) || value.length === 0) throw parameterError('Param categories must be an array.')
  for (const [i, each] of value.entries()) {
    if (categories.includes(String(each))) continue
    throw parameterError(`Param categories[${i}] must be one of {${categories.join(', ')}} - got "${String(each)}".`)
  }
  return [...new Set(value.map(String))]
}

function clonedFlow(world: World, account: Account, id: unknown): Flow {
  const flow = world.state.managed.flows.get(String(id))
  if (flow?.accountId !== account.id) throw parameterError(`Flow with ID ${String(id)} does not exist.`)
  return flow
}

/** `flow_json` is a text; a form with a JSON object in it comes as that object. */
function jsonText(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined
  return isObject(value) ? JSON.stringify(value) : String(value)
}

function uriOf(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) return value
  throw parameterError('Param endpoint_uri must be a valid URI')
}

function needExactly(params: Params, name: string, wanted: string): void {
  const value = params[name]
  if (value === undefined || value === '') throw parameterError(`The parameter ${name} is required.`)
  if (value !== wanted) throw parameterError(`Param ${name} must be one of {${wanted}} - got "${String(value)}".`)
}
