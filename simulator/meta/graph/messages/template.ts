// What Meta refuses in the template of a message by itself; whether it fits the template is looked up beside.
import { parameterError } from '../graph-error.ts'
import { checkTemplateSend } from '../templates/send-check.ts'
import { checkHeaderMedia } from './media.ts'
import {
  contentOf,
  isAbsent,
  objectIn,
  objectsIn,
  oneOf,
  onlyKeys,
  optionalObjects,
  optionalText,
  type Place,
  pathOf,
  textIn,
} from './params.ts'
import { checkPlace } from './plain.ts'
import type { Doom, Sender } from './sender.ts'

const parameterTypes = [
  ...['text', 'currency', 'date_time', 'image', 'video', 'document', 'location', 'payload', 'action'],
  ...['coupon_code', 'limited_time_offer', 'product'],
] as const
type ParameterType = (typeof parameterTypes)[number]

/** `{ name, language: { code, policy? }, components? }`. */
export function checkTemplate(content: unknown, sender: Sender): Doom | undefined {
  const template = contentOf('template', content)
  onlyKeys(template, ['name', 'language', 'components', 'namespace'])
  textIn(template, 'name')
  const language = objectIn(template, 'language')
  textIn(language, 'code')
  if (!isAbsent(language.value.policy)) oneOf(language, 'policy', ['deterministic'])
  onlyKeys(language, ['code', 'policy'])
  const doom = checkComponents(template, sender)
  checkTemplateSend(sender.world, sender.account, template.value)
  return doom
}

function checkComponents(owner: Place, sender: Sender): Doom | undefined {
  let doom: Doom | undefined
  for (const component of optionalObjects(owner, 'components')) {
    onlyKeys(component, ['type', 'sub_type', 'index', 'parameters', 'cards'])
    for (const parameter of optionalObjects(component, 'parameters')) doom ??= checkParameter(parameter, sender)
    if (component.value.cards === undefined) continue
    for (const card of objectsIn(component, 'cards')) {
      onlyKeys(card, ['card_index', 'components'])
      doom ??= checkComponents(card, sender)
    }
  }
  return doom
}

function checkParameter(parameter: Place, sender: Sender): Doom | undefined {
  const type = oneOf(parameter, 'type', parameterTypes)
  optionalText(parameter, 'parameter_name')
  onlyKeys(parameter, ['type', 'parameter_name', ...namesOf(type)])
  switch (type) {
    case 'image':
    case 'video':
    case 'document':
      return checkHeaderMedia(type, objectIn(parameter, type), sender)
    case 'currency':
      checkCurrency(objectIn(parameter, 'currency'))
      return undefined
    case 'date_time':
      textIn(objectIn(parameter, 'date_time'), 'fallback_value')
      return undefined
    case 'location':
      checkPlace(objectIn(parameter, 'location'))
      return undefined
    default:
      return undefined
  }
}

/** A parameter holds its value under its type; a button's URL may also say `payload` as `text`. */
function namesOf(type: ParameterType): string[] {
  return type === 'payload' ? ['payload', 'text'] : [type]
}

function checkCurrency(currency: Place): void {
  onlyKeys(currency, ['fallback_value', 'code', 'amount_1000'])
  textIn(currency, 'fallback_value')
  const code = textIn(currency, 'code')
  if (!/^[A-Z]{3}$/.test(code)) throw parameterError(`Param ${pathOf(currency, 'code')} must be a currency code.`)
  const amount = currency.value.amount_1000
  if (isAbsent(amount)) throw parameterError(`The parameter ${pathOf(currency, 'amount_1000')} is required.`)
  if (!/^-?\d+$/.test(String(amount))) {
    throw parameterError(`Param ${pathOf(currency, 'amount_1000')} must be an integer.`)
  }
}
