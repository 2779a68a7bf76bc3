// Flows on the stage, and changes of their status, which Meta tells of.
import { tellAccount } from '../../callbacks/callbacks.ts'
import { newAppSecret, newObjectId } from '../../ids.ts'
import type { Flow, FlowStatus } from '../../managed.ts'
import { needAccount, type World } from '../../world.ts'
import { validateFlow } from './flow-json.ts'

/** A flow that is there from the start; what is left out is made up. */
export type FlowOptions = {
  id?: string
  /** Account; the first one unless said. */
  wabaId?: string
  name?: string
  /** `['OTHER']` unless said. */
  categories?: readonly string[]
  /** DRAFT unless said. */
  status?: FlowStatus
  endpointUri?: string
  /** The Flow JSON as an object or as text; a small right one unless said, none for null. */
  json?: unknown
}

/** What Meta can do to a flow by itself. */
export type FlowChange = { status: FlowStatus }

/** Adds a flow without a callback. Fails with a sentence when its id or name is taken. */
export function addFlow(world: World, options: FlowOptions = {}): Flow {
  const { managed, accounts, apps } = world.state
  const account = needAccount(world.state, options.wabaId ?? [...accounts.keys()][0] ?? '')
  const id = options.id ?? newObjectId()
  if (managed.flows.has(id)) throw new Error(`a flow has the id ${id} already`)
  const name = options.name ?? `Flow ${managed.flows.size + 1}`
  if (isNameTaken(world, account.id, name)) throw new Error(`the account has a flow ${name} already`)
  const { json = smallFlow } = options
  const text = json === null ? undefined : typeof json === 'string' ? json : JSON.stringify(json, null, 2)
  const flow: Flow = {
    ...{ id, accountId: account.id, name },
    appId: [...account.subscriptions.keys(), ...apps.keys()][0] ?? '',
    categories: [...(options.categories ?? ['OTHER'])],
    status: options.status ?? 'DRAFT',
    problems: text === undefined ? [] : validateFlow(text).problems,
    previewToken: newAppSecret(),
    ...(text === undefined ? {} : { json: text }),
    ...(options.endpointUri === undefined ? {} : { endpointUri: options.endpointUri }),
  }
  managed.flows.set(id, flow)
  return flow
}

/** Gives a flow another status, and tells of it. Fails with a sentence for an unknown one. */
export function changeFlow(world: World, id: string, { status }: FlowChange): Flow {
  const flow = world.state.managed.flows.get(id)
  if (!flow) throw new Error(`no flow has the id ${id}`)
  setStatus(world, flow, status)
  return flow
}

/** Moves a flow to a status; every app that listens to the account gets FLOW_STATUS_CHANGE. */
export function setStatus(world: World, flow: Flow, status: FlowStatus): void {
  const previous = flow.status
  if (previous === status) return
  flow.status = status
  const value = {
    event: 'FLOW_STATUS_CHANGE',
    message: `Flow ${flow.name} changed status from ${previous} to ${status}`,
    flow_id: flow.id,
    old_status: previous,
    new_status: status,
  }
  tellAccount(world, flow.accountId, { field: 'flows', value })
}

/** True when another flow of the account has this name. */
export function isNameTaken(world: World, accountId: string, name: string, but?: string): boolean {
  return [...world.state.managed.flows.values()].some(
    (flow) => flow.accountId === accountId && flow.name === name && flow.id !== but,
  )
}

const smallFlow = {
  version: '7.1',
  screens: [
    {
      id: 'START',
      title: 'Welcome',
      terminal: true,
      data: {},
      layout: {
        type: 'SingleColumnLayout',
        children: [
          { type: 'TextHeading', text: 'What can we do for you?' },
          { type: 'Footer', label: 'Done', 'on-click-action': { name: 'complete', payload: {} } },
        ],
      },
    },
  ],
}
