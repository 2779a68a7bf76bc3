// What Meta refuses in the buttons of a template.
import { parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import type { Component } from './component.ts'
import { missingField, tooLong } from './refusal.ts'
import { variablesOf } from './variables.ts'

type Button = Record<string, unknown>

const maxButtons = 10
const maxText = 25

/** How many of a type a template may have, and what one of it must be. */
const kinds: Record<string, { most: number; check(button: Button): void }> = {
  QUICK_REPLY: { most: maxButtons, check: needText },
  URL: { most: 2, check: checkUrl },
  PHONE_NUMBER: { most: 1, check: checkPhone },
  COPY_CODE: { most: 1, check: checkCode },
  FLOW: { most: 1, check: checkFlow },
  CATALOG: { most: 1, check: needText },
  MPM: { most: 1, check: needText },
  SPM: { most: 1, check: needText },
  VOICE_CALL: { most: 1, check: needText },
}

/** Checks the component of type BUTTONS; types of buttons are put into capitals in place. */
export function checkButtons(component: Component): void {
  const { buttons } = component
  if (!Array.isArray(buttons) || buttons.length === 0) throw missingField('BUTTONS', 'buttons')
  if (buttons.length > maxButtons) throw parameterError(`A template has at most ${maxButtons} buttons.`)
  const list = buttons.map((button: unknown, i) => {
    if (!isObject(button)) throw parameterError(`Param buttons[${i}] must be a JSON object.`)
    return { ...button, type: String(button.type ?? '').toUpperCase() }
  })
  for (const button of list) {
    const kind = Object.hasOwn(kinds, button.type) ? kinds[button.type] : undefined
    if (!kind) {
      throw parameterError(
        `Param type of a button must be one of {${Object.keys(kinds).join(', ')}} - got "${button.type}".`,
      )
    }
    const count = list.filter(({ type }) => type === button.type).length
    if (count > kind.most) throw parameterError(`A template has at most ${kind.most} buttons of type ${button.type}.`)
    kind.check(button)
  }
  checkOrder(list)
  component.buttons = list
}

/** Quick replies stand together, before or after all others. */
function checkOrder(list: readonly { type: string }[]): void {
  const marks = list.map(({ type }) => (type === 'QUICK_REPLY' ? 'q' : 'o')).join('')
  if (/qo+q|oq+o/.test(marks)) {
    throw parameterError('Quick reply buttons have to stand together, before or after the other buttons.')
  }
}

function needText({ text, type }: Button): void {
  if (typeof text !== 'string' || text.trim() === '') throw missingField('BUTTONS', 'text')
  if ([...text].length > maxText) throw tooLong(`The text of a button of type ${String(type)}`, maxText)
}

function checkUrl(button: Button): void {
  needText(button)
  const { url, example } = button
  if (typeof url !== 'string' || url === '') throw missingField('BUTTONS', 'url')
  if (url.length > 2000) throw tooLong('The URL of a button', 2000)
  const variables = variablesOf(url)
  const plain = url.replace(/\{\{[^{}]*\}\}$/, 'x')
  if (!/^https?:\/\//i.test(url) || !URL.canParse(plain)) throw parameterError('The url of a button must be a URL.')
  if (variables.length === 0) return
  if (variables.length > 1 || plain.includes('{{')) {
    throw parameterError('The url of a button may have one variable, at its end.')
  }
  const first: unknown = Array.isArray(example) ? example[0] : example
  if (typeof first !== 'string' || first === '') throw missingField('BUTTONS', 'example')
}

function checkPhone(button: Button): void {
  needText(button)
  const { phone_number: number } = button
  if (typeof number !== 'string' || number === '') throw missingField('BUTTONS', 'phone_number')
  if (!/^\+?[\d ()-]{5,20}$/.test(number)) throw parameterError('The phone_number of a button is not a phone number.')
}

function checkCode({ example }: Button): void {
  const code: unknown = Array.isArray(example) ? example[0] : example
  if (typeof code !== 'string' || code === '') throw missingField('BUTTONS', 'example')
  if ([...code].length > 15) throw tooLong('The example of a button of type COPY_CODE', 15)
}

function checkFlow(button: Button): void {
  needText(button)
  const named = ['flow_id', 'flow_name', 'flow_json'].filter((key) => button[key] !== undefined)
  if (named.length === 0) throw missingField('BUTTONS', 'flow_id')
  if (named.length > 1) throw parameterError(`A button of type FLOW names one flow; got ${named.join(' and ')}.`)
  const { flow_action: action = 'navigate', navigate_screen: screen } = button
  if (!['navigate', 'data_exchange'].includes(String(action).toLowerCase())) {
    throw parameterError(`Param flow_action must be one of {NAVIGATE, DATA_EXCHANGE} - got "${String(action)}".`)
  }
  if (screen !== undefined && typeof screen !== 'string')
    throw parameterError('Param navigate_screen must be a string.')
}
