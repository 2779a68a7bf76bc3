// A modest check of Flow JSON: what every flow must have, the screens and their parts, and where actions lead.
import type { FlowProblem } from '../../managed.ts'
import { isObject } from '../graph-request.ts'
import { checkChildren, type Note } from './flow-component.ts'
import { placeAt, placesOf } from './json-place.ts'

/** What a check found; `version` and the like are absent when they are not texts. */
export type CheckedFlow = {
  /** False for a text that is no JSON at all. */
  isJson: boolean
  problems: FlowProblem[]
  version?: string
  dataApiVersion?: string
  /** The endpoint that flows of version 2 name themselves. */
  dataChannelUri?: string
}

const versions = ['2.1', '3.0', '3.1', '4.0', '5.0', '5.1', '6.0', '6.1', '6.2', '6.3', '7.0', '7.1', '7.2', '7.3']
const dataApiVersions = ['3.0', '4.0']
const rootProperties = ['version', 'screens', 'routing_model', 'data_api_version', 'data_channel_uri']
const screenProperties = ['id', 'title', 'layout', 'data', 'terminal', 'success', 'refresh_on_back', 'sensitive']

/** Checks the text of a Flow JSON; never throws. */
export function validateFlow(text: string): CheckedFlow {
  const problems: FlowProblem[] = []
  const parsed = parse(text)
  if ('offset' in parsed) {
    const place = placeAt(text, parsed.offset)
    problems.push(problemOf({ error: 'INVALID_JSON', error_type: 'JSON_PARSE_ERROR', message: parsed.message }, place))
    return { isJson: false, problems }
  }
  const locate = placesOf(text)
  const note: Note = (error, path, message) => {
    const place = locate(path)
    const type = structural.has(error) ? 'JSON_SCHEMA_ERROR' : 'FLOW_JSON_ERROR'
    problems.push(problemOf({ error, error_type: type, message: `${message} at "${path}".` }, place, path))
  }
  const flow = parsed.value
  if (!isObject(flow)) {
    note('INVALID_PROPERTY_TYPE', '$root', 'The flow must be an object')
    return { isJson: true, problems }
  }
  checkRoot(flow, note)
  return {
    ...{ isJson: true, problems },
    ...(typeof flow.version === 'string' ? { version: flow.version } : {}),
    ...(typeof flow.data_api_version === 'string' ? { dataApiVersion: flow.data_api_version } : {}),
    ...(typeof flow.data_channel_uri === 'string' ? { dataChannelUri: flow.data_channel_uri } : {}),
  }
}

const structural = new Set([
  ...['INVALID_PROPERTY', 'REQUIRED_PROPERTY_MISSING', 'INVALID_PROPERTY_TYPE', 'INVALID_PROPERTY_VALUE'],
])

function checkRoot(flow: Record<string, unknown>, note: Note): void {
  onlyKnown(flow, rootProperties, { path: '$root', note })
  const { version, data_api_version: api } = flow
  if (version === undefined) note('REQUIRED_PROPERTY_MISSING', '$root', 'The required property "version" is missing')
  else if (!versions.includes(String(version))) {
    note('INVALID_PROPERTY_VALUE', '$root/version', `The version ${JSON.stringify(version)} is not supported`)
  }
  if (api !== undefined && !dataApiVersions.includes(String(api))) {
    note('INVALID_PROPERTY_VALUE', '$root/data_api_version', `The data_api_version ${JSON.stringify(api)} is not known`)
  }
  if (api !== undefined && flow.routing_model === undefined) {
    note('REQUIRED_PROPERTY_MISSING', '$root', 'The property "routing_model" is required with "data_api_version"')
  }
  const { screens } = flow
  if (!Array.isArray(screens) || screens.length === 0) {
    note('REQUIRED_PROPERTY_MISSING', '$root', 'The property "screens" must be a list that is not empty')
    return
  }
  const list: unknown[] = screens
  const ids = list.flatMap((screen) => (isObject(screen) && typeof screen.id === 'string' ? [screen.id] : []))
  for (const [i, screen] of list.entries()) checkScreen(screen, { path: `$root/screens/${i}`, ids, note })
  if (!list.some((screen) => isObject(screen) && screen.terminal === true)) {
    note('MISSING_TERMINAL_SCREEN', '$root/screens', 'At least one screen must be terminal')
  }
  checkRouting(flow.routing_model, ids, note)
}

type Seen = { path: string; ids: readonly string[]; note: Note }

function checkScreen(screen: unknown, { path, ids, note }: Seen): void {
  if (!isObject(screen)) {
    note('INVALID_PROPERTY_TYPE', path, 'A screen must be an object')
    return
  }
  onlyKnown(screen, screenProperties, { path, note })
  const { id, layout, terminal } = screen
  if (typeof id !== 'string' || id === '') {
    note('REQUIRED_PROPERTY_MISSING', path, 'The required property "id" is missing')
  } else if (!/^[A-Za-z_]+$/.test(id) || id === 'SUCCESS') {
    note('INVALID_PROPERTY_VALUE', `${path}/id`, 'The id of a screen has letters and underscores, and is not SUCCESS')
  } else if (ids.filter((each) => each === id).length > 1) {
    note('DUPLICATE_SCREEN_ID', `${path}/id`, `The id "${id}" is used by more than one screen`)
  }
  if (!isObject(layout)) {
    note('REQUIRED_PROPERTY_MISSING', path, 'The required property "layout" is missing')
    return
  }
  if (layout.type !== 'SingleColumnLayout') {
    note('INVALID_PROPERTY_VALUE', `${path}/layout`, 'The type of a layout must be SingleColumnLayout')
  }
  if (!Array.isArray(layout.children) || layout.children.length === 0) {
    note('REQUIRED_PROPERTY_MISSING', `${path}/layout`, 'The required property "children" is missing or empty')
    return
  }
  const found = checkChildren(layout.children, { path: `${path}/layout/children`, ids, note })
  if (terminal === true && !found.has('Footer')) {
    note('MISSING_FOOTER', path, 'A terminal screen must have a Footer')
  }
}

function checkRouting(routing: unknown, ids: readonly string[], note: Note): void {
  if (routing === undefined) return
  const path = '$root/routing_model'
  if (!isObject(routing)) {
    note('INVALID_PROPERTY_TYPE', path, 'The routing_model must be an object')
    return
  }
  for (const [from, targets] of Object.entries(routing)) {
    if (!ids.includes(from)) note('INVALID_ROUTING_MODEL', `${path}/${from}`, `There is no screen "${from}"`)
    if (!Array.isArray(targets)) {
      note('INVALID_PROPERTY_TYPE', `${path}/${from}`, 'The targets of a screen must be a list')
      continue
    }
    for (const [i, target] of targets.entries()) {
      if (ids.includes(String(target))) continue
      note('INVALID_ROUTING_MODEL', `${path}/${from}/${i}`, `There is no screen ${JSON.stringify(target)}`)
    }
  }
}

function onlyKnown(
  object: Record<string, unknown>,
  known: readonly string[],
  { path, note }: { path: string; note: Note },
): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue
    note('INVALID_PROPERTY', `${path}/${name}`, `The property "${name}" cannot be specified`)
  }
}

function parse(text: string): { value: unknown } | { offset: number; message: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? (message.includes('end of JSON') ? text.length : 0))
    return { offset, message: 'The file is not valid JSON.' }
  }
}

function problemOf(
  head: Pick<FlowProblem, 'error' | 'error_type' | 'message'>,
  place: Omit<FlowProblem['pointers'][number], 'path'>,
  path?: string,
): FlowProblem {
  const dotted = path?.replace(/^\$root\/?/, '').replaceAll('/', '.')
  return { ...head, ...place, pointers: dotted === undefined ? [] : [{ ...place, path: dotted }] }
}
