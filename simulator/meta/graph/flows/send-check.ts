// What Meta refuses in the flow of a message: one that is not there, or not in the state that the message needs.
import type { Flow } from '../../managed.ts'
import type { Account } from '../../state.ts'
import type { World } from '../../world.ts'
import { messagingError, parameterError } from '../graph-error.ts'

/**
 * Checks `interactive.action.parameters` of a flow message against the account's flows: `flow_id` or `flow_name`,
 * and `mode` (`published` unless said). Throws 131008 when neither is named, 131009 for an unknown flow or one that is
 * not published (not a draft, with mode `draft`), 132068 and 132069 for one that Meta blocked or slowed down.
 */
export function checkFlowSend(world: World, account: Account, parameters: Record<string, unknown>): void {
  const { flow_id: id, flow_name: name, mode = 'published' } = parameters
  if (mode !== 'published' && mode !== 'draft') {
    throw parameterError(`Param mode must be one of {DRAFT, PUBLISHED} - got "${String(mode)}".`)
  }
  const isBoth = id !== undefined && name !== undefined
  if (isBoth) throw messagingError(131009, 'Only one of the parameters flow_id and flow_name can be given.')
  const flow = namedFlow(world, account, { id, name })
  if (flow.status === 'BLOCKED') throw messagingError(132068, `Flow with ID ${flow.id} is blocked.`)
  if (flow.status === 'THROTTLED') throw messagingError(132069, `Flow with ID ${flow.id} is throttled.`)
  const wanted = mode === 'draft' ? 'DRAFT' : 'PUBLISHED'
  if (flow.status !== wanted) {
    throw messagingError(
      131009,
      `Flow with ID ${flow.id} is in ${flow.status} state; mode ${mode} needs one in ${wanted} state.`,
    )
  }
}

function namedFlow(world: World, account: Account, { id, name }: { id: unknown; name: unknown }): Flow {
  if ((id === undefined || id === '') && (name === undefined || name === '')) {
    throw messagingError(131008, 'One of the parameters flow_id and flow_name is required.')
  }
  const flow = [...world.state.managed.flows.values()].find(
    (each) => each.accountId === account.id && (id === undefined ? each.name === name : each.id === String(id)),
  )
  if (!flow) {
    const shown = id === undefined ? `name ${String(name)}` : `ID ${String(id)}`
    throw messagingError(131009, `Flow with ${shown} does not exist on this WhatsApp Business Account.`)
  }
  return flow
}
