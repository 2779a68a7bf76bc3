// What Meta refuses in the actions of interactive messages, all but those that sell.

import { checkFlowSend } from '../flows/send-check.ts'
import { parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { checkLink } from './media.ts'
import {
  checkUnique,
  isAbsent,
  objectIn,
  objectsIn,
  oneOf,
  onlyKeys,
  optionalObject,
  optionalText,
  type Place,
  pathOf,
  textIn,
  wrongValue,
} from './params.ts'
import type { Sender } from './sender.ts'

const mostRows = 10

/** `buttons: [{ type: 'reply', reply: { id, title } }]`, one to three. */
export function checkButtons(action: Place): void {
  const buttons = objectsIn(action, 'buttons')
  if (buttons.length > 3) throw wrongValue('Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3')
  const replies = buttons.map((button) => {
    oneOf(button, 'type', ['reply'])
    onlyKeys(button, ['type', 'reply'])
    const reply = objectIn(button, 'reply')
    onlyKeys(reply, ['id', 'title'])
    return {
      id: textIn(reply, 'id', { max: 256, label: 'Button id' }),
      title: textIn(reply, 'title', { max: 20, label: 'Button title' }),
    }
  })
  checkUnique(
    replies.map(({ id }) => id),
    'Button ids',
  )
  checkUnique(
    replies.map(({ title }) => title),
    'Button titles',
  )
  onlyKeys(action, ['buttons'])
}

/** `{ button, sections: [{ title?, rows: [{ id, title, description? }] }] }`, ten rows in all. */
export function checkList(action: Place): void {
  textIn(action, 'button', { max: 20, label: 'Button text' })
  const sections = objectsIn(action, 'sections')
  checkSectionCount(sections)
  const rows = sections.flatMap((section) => {
    onlyKeys(section, ['title', 'rows'])
    return objectsIn(section, 'rows')
  })
  if (rows.length > mostRows) throw wrongValue(`Total row count exceed max allowed count: ${mostRows}`)
  const ids = rows.map((row) => {
    onlyKeys(row, ['id', 'title', 'description'])
    const title = textIn(row, 'title')
    if ([...title].length > 24) throw wrongValue('Row title is too long. Max length is 24')
    optionalText(row, 'description', { max: 72, label: 'Row description' })
    return textIn(row, 'id', { max: 200, label: 'Row id' })
  })
  checkUnique(ids, 'Row ids')
  onlyKeys(action, ['button', 'sections'])
}

/** At most ten sections; a title of up to 24 characters, which may be left out only when there is one section. */
export function checkSectionCount(sections: readonly Place[]): void {
  if (sections.length > 10)
    throw wrongValue('Invalid sections count. Min allowed sections: 1, Max allowed sections: 10')
  for (const section of sections) {
    const title = optionalText(section, 'title', { max: 24, label: 'Section title' })
    if (!title && sections.length > 1) {
      throw wrongValue(`${pathOf(section, 'title')}: Section title is required when there are more than one section`)
    }
  }
}

/** `{ name: 'flow', parameters: { flow_message_version: '3', flow_id or flow_name, flow_cta, … } }`. */
export function checkFlow(action: Place, { world, account }: Sender): void {
  const flow = namedParameters(action, ['flow'])
  const version = flow.value.flow_message_version
  if (isAbsent(version)) throw parameterError(`The parameter ${pathOf(flow, 'flow_message_version')} is required.`)
  if (String(version) !== '3') throw wrongValue(`${pathOf(flow, 'flow_message_version')} must be 3.`)
  textIn(flow, 'flow_cta', { max: 30, label: 'Flow CTA' })
  optionalText(flow, 'flow_token', { max: 1024 })
  const start = isAbsent(flow.value.flow_action)
    ? 'navigate'
    : oneOf(flow, 'flow_action', ['navigate', 'data_exchange'])
  const payload = optionalObject(flow, 'flow_action_payload')
  if (payload && start !== 'navigate') {
    throw wrongValue(`${payload.path} is only allowed when flow_action is navigate.`)
  }
  if (payload) {
    textIn(payload, 'screen')
    const { data } = payload.value
    if (data !== undefined && !(isObject(data) && Object.keys(data).length > 0)) {
      throw wrongValue(`${pathOf(payload, 'data')} must be a JSON object that is not empty.`)
    }
    onlyKeys(payload, ['screen', 'data'])
  }
  onlyKeys(flow, [
    ...['flow_message_version', 'flow_token', 'flow_id', 'flow_name', 'flow_cta', 'flow_action'],
    ...['flow_action_payload', 'mode'],
  ])
  checkFlowSend(world, account, flow.value)
}

/** `{ name: 'cta_url', parameters: { display_text, url } }`. */
export function checkCtaUrl(action: Place): void {
  const parameters = namedParameters(action, ['cta_url'])
  textIn(parameters, 'display_text', { max: 20, label: 'Display text' })
  checkLink(textIn(parameters, 'url'), pathOf(parameters, 'url'))
  onlyKeys(parameters, ['display_text', 'url'])
}

/** `{ name: 'send_location' }`. */
export function checkLocationRequest(action: Place): void {
  oneOf(action, 'name', ['send_location'])
  onlyKeys(action, ['name'])
}

/** `{ name: 'address_message', parameters: { country, values?, saved_addresses?, validation_errors? } }`. */
export function checkAddress(action: Place): void {
  const parameters = namedParameters(action, ['address_message'])
  const country = textIn(parameters, 'country')
  if (!/^[A-Z]{2}$/.test(country)) throw wrongValue(`${pathOf(parameters, 'country')} must be a country code.`)
  onlyKeys(parameters, ['country', 'values', 'saved_addresses', 'validation_errors'])
}

/** `{ name: 'call_permission_request' }`. */
export function checkCallPermission(action: Place): void {
  oneOf(action, 'name', ['call_permission_request'])
  onlyKeys(action, ['name'])
}

/** `{ name: 'voice_call', parameters?: { display_text?, ttl_minutes?, payload? } }`. */
export function checkVoiceCall(action: Place): void {
  oneOf(action, 'name', ['voice_call'])
  onlyKeys(action, ['name', 'parameters'])
  const parameters = optionalObject(action, 'parameters')
  if (!parameters) return
  optionalText(parameters, 'display_text', { max: 20, label: 'Display text' })
  onlyKeys(parameters, ['display_text', 'ttl_minutes', 'payload'])
}

/** `{ name: 'review_and_pay' or 'review_order', parameters: { reference_id, … } }`: the order itself is not looked into. */
export function checkOrder(action: Place): void {
  const parameters = namedParameters(action, ['review_and_pay', 'review_order'])
  textIn(parameters, 'reference_id', { max: 35, label: 'Reference id' })
}

function namedParameters(action: Place, names: readonly string[]): Place {
  oneOf(action, 'name', names)
  onlyKeys(action, ['name', 'parameters'])
  return objectIn(action, 'parameters')
}
