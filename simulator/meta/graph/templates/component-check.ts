// What Meta refuses in the components of a new or edited template.
import type { Template, TemplateCategory } from '../../managed.ts'
import { parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { authenticationComponents } from './authentication.ts'
import { checkButtons } from './button-check.ts'
import { type Component, componentOf } from './component.ts'
import { missingField, refusal, tooLong, wrongFormat } from './refusal.ts'
import { hasVariableAtEdge, variablesOf, withoutVariables, wordsBeside } from './variables.ts'

export type Draft = { category: TemplateCategory; parameterFormat: Template['parameterFormat'] }

const types = ['HEADER', 'BODY', 'FOOTER', 'BUTTONS', 'CAROUSEL', 'LIMITED_TIME_OFFER', 'CALL_PERMISSION_REQUEST']
const headerFormats = ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION']
const media = ['IMAGE', 'VIDEO', 'DOCUMENT']
const limits = { HEADER: 60, BODY: 1024, FOOTER: 60, cardBody: 160 }

/**
 * The components as the template keeps them: types in capitals, and for AUTHENTICATION the texts that Meta writes.
 * Throws 100, with subcodes 2388040, 2388043, 2388047, 2388072, 2388073, 2388293 and 2388299 for what they stand for.
 */
export function checkedComponents(components: unknown, draft: Draft): Component[] {
  if (components === undefined) throw parameterError('The parameter components is required.')
  const list = normalized(components)
  if (draft.category === 'AUTHENTICATION') return authenticationComponents(list)
  if (!componentOf(list, 'BODY')) throw missingField('BODY', 'text')
  checkList(list, draft)
  return list
}

/** The components with their types in capitals; each type may come once. */
export function normalized(components: unknown): Component[] {
  if (!Array.isArray(components)) throw parameterError('Param components must be an array.')
  const list = components.map((component: unknown, i) => {
    if (!isObject(component)) throw parameterError(`Param components[${i}] must be a JSON object.`)
    const type = String(component.type ?? '').toUpperCase()
    if (!types.includes(type)) {
      throw parameterError(`Param components[${i}]['type'] must be one of {${types.join(', ')}} - got "${type}".`)
    }
    const format = typeof component.format === 'string' ? { format: component.format.toUpperCase() } : {}
    return { ...component, type, ...format }
  })
  for (const { type } of list) {
    if (list.filter((each) => each.type === type).length > 1) {
      throw parameterError(`Param components holds more than one component of type ${type}.`)
    }
  }
  return list
}

function checkList(list: readonly Component[], draft: Draft, bodyLimit = limits.BODY): void {
  for (const component of list) {
    if (component.type === 'HEADER') checkHeader(component, draft)
    if (component.type === 'BODY') checkBody(component, draft, bodyLimit)
    if (component.type === 'FOOTER') checkFooter(component)
    if (component.type === 'BUTTONS') checkButtons(component)
    if (component.type === 'CAROUSEL') checkCarousel(component, draft)
    if (component.type === 'LIMITED_TIME_OFFER') checkOffer(component)
  }
}

function checkHeader(header: Component, draft: Draft): void {
  const { format, example } = header
  if (format === undefined) throw missingField('HEADER', 'format')
  if (!headerFormats.includes(String(format))) {
    throw parameterError(`Param format must be one of {${headerFormats.join(', ')}} - got "${String(format)}".`)
  }
  if (media.includes(String(format))) {
    const handles = isObject(example) ? example.header_handle : undefined
    if (!isTexts(handles)) throw missingField('HEADER', 'example')
  }
  if (format !== 'TEXT') return
  const text = writtenText(header, 'HEADER')
  // The name of a variable may have underscores, which are no formatting.
  if (/[\n\r*_~`]|\p{Extended_Pictographic}/u.test(withoutVariables(text))) {
    throw wrongFormat('HEADER', 'must not hold line breaks, formatting, emojis or asterisks')
  }
  const variables = variablesOf(text)
  if (variables.length > 1) throw wrongFormat('HEADER', 'must not have more than one variable')
  checkExamples({ variables, draft, component: 'HEADER' }, example)
}

function checkBody(body: Component, draft: Draft, limit: number): void {
  const text = writtenText(body, 'BODY', limit)
  if (/\n{3,}/.test(text)) throw wrongFormat('BODY', 'must not have more than two line breaks in a row')
  const variables = variablesOf(text)
  if (variables.length > 0 && hasVariableAtEdge(text)) {
    throw refusal(
      2388299,
      'Leading and trailing params not allowed',
      'Variables cannot stand at the start or at the end of the body.',
    )
  }
  if (variables.length > wordsBeside(text)) {
    throw refusal(
      2388293,
      'Parameters words ratio exceeds limit',
      'The body has too many variables for its length: take some away, or write more around them.',
    )
  }
  checkExamples({ variables, draft, component: 'BODY' }, body.example)
}

function checkFooter(footer: Component): void {
  const text = writtenText(footer, 'FOOTER')
  if (variablesOf(text).length > 0 || /[\n\r]/.test(text)) {
    throw wrongFormat('FOOTER', 'must not hold variables or line breaks')
  }
}

function checkCarousel({ cards }: Component, draft: Draft): void {
  if (!Array.isArray(cards)) throw missingField('CAROUSEL', 'cards')
  if (cards.length < 2 || cards.length > 10) throw parameterError('A carousel has 2 to 10 cards.')
  const shapes = cards.map((card: unknown) => {
    const list = normalized(isObject(card) ? card.components : undefined)
    const header = componentOf(list, 'HEADER')
    if (header?.format !== 'IMAGE' && header?.format !== 'VIDEO') throw missingField('HEADER', 'format')
    if (!componentOf(list, 'BUTTONS')) throw missingField('BUTTONS', 'buttons')
    checkList(list, draft, limits.cardBody)
    return list.map(({ type, format }) => `${String(type)} ${String(format)}`).join()
  })
  if (new Set(shapes).size > 1) throw parameterError('The cards of a carousel must have the same components.')
}

function checkOffer({ limited_time_offer: offer }: Component): void {
  if (!isObject(offer) || typeof offer.text !== 'string' || offer.text === '') {
    throw missingField('LIMITED_TIME_OFFER', 'limited_time_offer')
  }
  if ([...offer.text].length > 16) throw tooLong('The text of the offer', 16)
}

function writtenText(component: Component, type: 'HEADER' | 'BODY' | 'FOOTER', limit = limits[type]): string {
  const { text } = component
  if (typeof text !== 'string' || text.trim() === '') throw missingField(type, 'text')
  if ([...text].length > limit) throw tooLong(`The ${type.toLowerCase()}`, limit)
  return text
}

type Examined = { variables: string[]; draft: Draft; component: 'HEADER' | 'BODY' }

/** The names of variables are right for the format, and each has an example. */
function checkExamples({ variables, draft, component }: Examined, example: unknown): void {
  const isNamed = draft.parameterFormat === 'NAMED'
  const isRight = isNamed
    ? variables.every((name) => /^[a-z][a-z0-9_]*$/.test(name))
    : variables.every((name) => variables.includes(String(Number(name))) && Number(name) <= variables.length)
  if (!isRight || (!isNamed && variables.some((name) => !/^[1-9]\d*$/.test(name)))) {
    const rule = isNamed ? 'must have names of lower-case letters, digits and _' : 'must be numbered {{1}}, {{2}}, …'
    throw wrongFormat(component, `has variables that ${rule}`)
  }
  if (variables.length === 0) return
  const values = isObject(example) ? exampleValues(example, component, isNamed) : undefined
  if (!values || values.length !== variables.length) throw missingField(component, 'example')
  if (isNamed && !variables.every((name) => values.includes(name))) throw missingField(component, 'example')
}

/** The examples: texts in the order of the numbers, or the names that have one. */
function exampleValues(
  example: Record<string, unknown>,
  component: 'HEADER' | 'BODY',
  isNamed: boolean,
): string[] | undefined {
  const key = `${component.toLowerCase()}_text`
  if (isNamed) {
    const named = example[`${key}_named_params`]
    if (!Array.isArray(named)) return undefined
    const isWhole = (each: unknown): each is Record<string, unknown> =>
      isObject(each) && typeof each.param_name === 'string' && typeof each.example === 'string' && each.example !== ''
    return named.every(isWhole) ? named.map((each) => String(each.param_name)) : undefined
  }
  const given = example[key]
  const list: unknown = component === 'BODY' && Array.isArray(given) && Array.isArray(given[0]) ? given[0] : given
  return isTexts(list) ? list : undefined
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== '')
}
