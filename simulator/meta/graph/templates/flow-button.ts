// The flows that buttons of new templates name: they have to be there.
import type { Account } from '../../state.ts'
import type { World } from '../../world.ts'
import { validateFlow } from '../flows/flow-json.ts'
import { parameterError } from '../graph-error.ts'
import { buttonsOf, type Component } from './component.ts'

/** Throws 100 for a button whose flow is not the account's or is deprecated, or whose `flow_json` is wrong. */
export function checkFlowButtons(world: World, account: Account, components: readonly Component[]): void {
  const flows = [...world.state.managed.flows.values()].filter(({ accountId }) => accountId === account.id)
  for (const { type, flow_id: id, flow_name: name, flow_json: json } of buttonsOf(components)) {
    if (type !== 'FLOW') continue
    if (json !== undefined) {
      const text = typeof json === 'string' ? json : JSON.stringify(json)
      const [problem] = validateFlow(text).problems
      if (problem) throw parameterError(`The flow_json of a button is wrong: ${problem.message}`)
      continue
    }
    const flow = flows.find((each) => (id === undefined ? each.name === name : each.id === String(id)))
    if (!flow) throw parameterError(`Flow ${String(id ?? name)} does not exist on this WhatsApp Business Account.`)
    if (flow.status === 'DEPRECATED') throw parameterError(`Flow ${flow.id} is deprecated.`)
  }
}
