// What Meta refuses in the template of a message: one that is not there or not usable, and parameters that do not fit.
import type { Template } from '../../managed.ts'
import type { Account } from '../../state.ts'
import type { World } from '../../world.ts'
import { messagingError, parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { buttonsOf, type Component, cardsOf, componentOf } from './component.ts'
import { checkBody, checkButton, checkHeader } from './parameter-check.ts'

/** A component of a message: its type in lower case, and its place where it has one. */
type Sent = { type: string; subType: string; index: number; parameters: Record<string, unknown>[]; cards: unknown }

const sentTypes = ['header', 'body', 'button', 'carousel', 'limited_time_offer', 'footer', 'buttons']
const subTypes = [
  ...['quick_reply', 'url', 'phone_number', 'copy_code', 'flow', 'catalog', 'mpm', 'spm', 'voice_call'],
  ...['order_details', 'reminder'],
]

/**
 * Checks `template` of a message (`{ name, language: { code }, components? }`) against the account's templates. Throws
 * 100 for what is malformed, 132001 when there is none in that language or it is not approved, 132015 and 132016 when
 * it is paused or disabled, 132000 for a wrong number of parameters, 132012 for a wrong format of one, 131008 for a
 * button without its parameter, 132005 when the text gets too long, 132018 for line breaks in a parameter.
 */
export function checkTemplateSend(world: World, account: Account, template: Record<string, unknown>): void {
  const { name, language } = template
  if (typeof name !== 'string' || name === '') throw parameterError("The parameter template['name'] is required.")
  const code = isObject(language) ? language.code : undefined
  if (typeof code !== 'string' || code === '') {
    throw parameterError("The parameter template['language']['code'] is required.")
  }
  const known = usableTemplate(world, account, { name, code })
  const sent = sentComponents(template.components, 'components')
  const isNamed = known.parameterFormat === 'NAMED'
  checkComponents(known.components, sent, { isNamed, prefix: '' })
  checkCards(known, sent)
}

function usableTemplate(world: World, account: Account, { name, code }: { name: string; code: string }): Template {
  const known = [...world.state.managed.templates.values()].find(
    (each) => each.accountId === account.id && each.name === name && each.language === code,
  )
  if (known?.status === 'PAUSED') {
    throw messagingError(132015, `template name (${name}) is paused in ${code} due to low quality`)
  }
  if (known?.status === 'DISABLED') {
    throw messagingError(132016, `template name (${name}) is disabled in ${code} as it was paused too often`)
  }
  if (known?.status !== 'APPROVED') {
    throw messagingError(132001, `template name (${name}) does not exist in ${code}`)
  }
  return known
}

function sentComponents(components: unknown, path: string): Sent[] {
  if (components === undefined || components === null) return []
  if (!Array.isArray(components)) throw parameterError(`Param template['${path}'] must be an array.`)
  return components.map((component: unknown, i) => sentComponent(component, `template['${path}'][${i}]`))
}

function sentComponent(component: unknown, path: string): Sent {
  if (!isObject(component)) throw parameterError(`Param ${path} must be a JSON object.`)
  const type = enumOf(component.type, sentTypes, `${path}['type']`)
  const isButton = type === 'button'
  const subType = isButton ? enumOf(component.sub_type, subTypes, `${path}['sub_type']`) : ''
  const index = isButton ? indexOf(component.index, path) : 0
  const { parameters = [] } = component
  if (!Array.isArray(parameters) || !parameters.every(isObject)) {
    throw parameterError(`Param ${path}['parameters'] must be an array of JSON objects.`)
  }
  return { type, subType, index, parameters, cards: component.cards }
}

function enumOf(value: unknown, known: readonly string[], path: string): string {
  if (value === undefined || value === null || value === '') throw parameterError(`The parameter ${path} is required.`)
  const text = String(value).toLowerCase()
  if (known.includes(text)) return text
  const list = known.map((each) => each.toUpperCase()).join(', ')
  throw parameterError(`Param ${path} must be one of {${list}} - got "${String(value)}".`)
}

function indexOf(value: unknown, path: string): number {
  if (value === undefined || value === null || value === '') {
    throw parameterError(`The parameter ${path}['index'] is required.`)
  }
  const index = Number(value)
  if (!Number.isInteger(index) || index < 0) throw parameterError(`Param ${path}['index'] must be an integer.`)
  return index
}

/** `prefix` says in which card of a carousel the components are. */
type Place = { isNamed: boolean; prefix: string }

function checkComponents(known: readonly Component[], sent: readonly Sent[], place: Place): void {
  const of = (type: string): Record<string, unknown>[] => sent.find((each) => each.type === type)?.parameters ?? []
  checkHeader(componentOf(known, 'HEADER'), of('header'), place)
  checkBody(componentOf(known, 'BODY'), of('body'), place)
  const buttons = buttonsOf(known)
  for (const { type, subType, index } of sent) {
    if (type !== 'button' || typeOf(buttons[index]) === subType) continue
    const expected = buttons[index]?.type ?? 'NONE'
    throw messagingError(
      132012,
      `${place.prefix}buttons: Format mismatch, expected ${String(expected)}, received ${subType.toUpperCase()}`,
    )
  }
  for (const [index, button] of buttons.entries()) {
    const found = sent.find((each) => each.type === 'button' && each.index === index)
    checkButton(button, found?.parameters ?? [], { index, prefix: place.prefix })
  }
}

/** How messages name the type of a button. */
function typeOf(button: Component | undefined): string {
  return String(button?.type ?? '').toLowerCase()
}

function checkCards(known: Template, sent: readonly Sent[]): void {
  const cards = cardsOf(known)
  if (cards.length === 0) return
  const given = sent.find(({ type }) => type === 'carousel')?.cards
  const list: unknown[] = Array.isArray(given) ? given : []
  if (list.length !== cards.length) {
    throw messagingError(
      132012,
      `carousel: number of cards (${list.length}) does not match the expected number of cards (${cards.length})`,
    )
  }
  const isNamed = known.parameterFormat === 'NAMED'
  for (const [index, card] of cards.entries()) {
    const wanted = list.find((each) => isObject(each) && Number(each.card_index ?? -1) === index)
    const components = isObject(wanted) ? wanted.components : undefined
    checkComponents(card, sentComponents(components, 'cards'), { isNamed, prefix: `carousel card ${index}: ` })
  }
}
