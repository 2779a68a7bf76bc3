// The parts of a template by name: how stored components are found and read.
import type { Template } from '../../managed.ts'
import { isObject } from '../graph-request.ts'

/** A component as templates keep it: type in capitals, everything else as it was sent. */
export type Component = Record<string, unknown>

/** The component of a type (`HEADER`, `BODY`, …), if the template has one. */
export function componentOf(components: readonly Component[], type: string): Component | undefined {
  return components.find((component) => component.type === type)
}

/** The text of a component; '' when it has none. */
export function textOf(component: Component | undefined): string {
  return typeof component?.text === 'string' ? component.text : ''
}

/** The buttons in their order. */
export function buttonsOf(components: readonly Component[]): Component[] {
  const buttons = componentOf(components, 'BUTTONS')?.buttons
  return Array.isArray(buttons) ? buttons.filter(isObject) : []
}

/** The cards of a carousel, each with components of its own. */
export function cardsOf(template: Template): Component[][] {
  const cards = componentOf(template.components, 'CAROUSEL')?.cards
  if (!Array.isArray(cards)) return []
  return cards.filter(isObject).map(({ components }) => (Array.isArray(components) ? components.filter(isObject) : []))
}
