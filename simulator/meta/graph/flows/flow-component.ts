// The components of a screen of a flow: which there are, what they must have, and where their actions lead.
import { isObject } from '../graph-request.ts'

/** Notes a mistake: its name, where it is (`$root/screens/0`), and a sentence without its end. */
export type Note = (error: string, path: string, message: string) => void

/** What each component must have besides its type. */
const required: Record<string, readonly string[]> = {
  TextHeading: ['text'],
  TextSubheading: ['text'],
  TextBody: ['text'],
  TextCaption: ['text'],
  RichText: ['text'],
  TextInput: ['name', 'label'],
  TextArea: ['name', 'label'],
  CheckboxGroup: ['name', 'data-source'],
  RadioButtonsGroup: ['name', 'data-source'],
  ChipsSelector: ['name', 'label', 'data-source'],
  Dropdown: ['name', 'label', 'data-source'],
  DatePicker: ['name', 'label'],
  CalendarPicker: ['name', 'label'],
  PhotoPicker: ['name', 'label'],
  DocumentPicker: ['name', 'label'],
  OptIn: ['name', 'label'],
  EmbeddedLink: ['text', 'on-click-action'],
  NavigationList: ['name', 'list-items'],
  Footer: ['label', 'on-click-action'],
  Image: ['src'],
  ImageCarousel: ['images'],
  Form: ['name', 'children'],
  If: ['condition', 'then'],
  Switch: ['value', 'cases'],
}

/** All properties of the components that have few. */
const allowed: Record<string, readonly string[]> = {
  TextHeading: ['type', 'text', 'visible'],
  TextSubheading: ['type', 'text', 'visible'],
  TextInput: [
    ...['type', 'name', 'label', 'label-variant', 'input-type', 'pattern', 'required', 'min-chars', 'max-chars'],
    ...['helper-text', 'visible', 'init-value', 'error-message', 'enabled'],
  ],
}

const actions = ['navigate', 'complete', 'data_exchange', 'open_url', 'update_data']
const actionProperties = ['on-click-action', 'on-select-action', 'on-unselect-action']

type Seen = { path: string; ids: readonly string[]; note: Note }

/** Checks components and those inside them; answers the types that were found. */
export function checkChildren(children: readonly unknown[], seen: Seen): Set<string> {
  const found = new Set<string>()
  for (const [i, child] of children.entries()) {
    const path = `${seen.path}/${i}`
    if (isObject(child)) checkComponent(child, { ...seen, path }, found)
    else seen.note('INVALID_PROPERTY_TYPE', path, 'A component must be an object')
  }
  return found
}

function checkComponent(component: Record<string, unknown>, { path, ids, note }: Seen, found: Set<string>): void {
  const { type } = component
  const needs = typeof type === 'string' && Object.hasOwn(required, type) ? required[type] : undefined
  if (typeof type !== 'string' || !needs) {
    note('INVALID_PROPERTY_VALUE', `${path}/type`, `There is no component of type ${JSON.stringify(type)}`)
    return
  }
  found.add(type)
  for (const name of needs) {
    if (component[name] === undefined) {
      note('REQUIRED_PROPERTY_MISSING', path, `The required property "${name}" of ${type} is missing`)
    }
  }
  const known = allowed[type]
  for (const name of known === undefined ? [] : Object.keys(component)) {
    if (!known?.includes(name)) {
      note('INVALID_PROPERTY', `${path}/${name}`, `The property "${name}" cannot be specified`)
    }
  }
  for (const name of actionProperties) checkAction(component[name], { path: `${path}/${name}`, ids, note })
  for (const [inner, list] of innerLists(component)) {
    for (const each of checkChildren(list, { path: `${path}/${inner}`, ids, note })) found.add(each)
  }
}

/** The lists of components inside one: of a form, of both sides of an If, of the cases of a Switch. */
function innerLists(component: Record<string, unknown>): [string, unknown[]][] {
  const lists: [string, unknown][] = ['children', 'then', 'else'].map((name) => [name, component[name]])
  if (isObject(component.cases)) {
    lists.push(...Object.entries(component.cases).map(([name, list]): [string, unknown] => [`cases/${name}`, list]))
  }
  return lists.flatMap(([name, list]): [string, unknown[]][] => (Array.isArray(list) ? [[name, list]] : []))
}

function checkAction(action: unknown, { path, ids, note }: Seen): void {
  if (action === undefined) return
  const name = isObject(action) ? action.name : undefined
  if (!isObject(action) || typeof name !== 'string' || !actions.includes(name)) {
    note('INVALID_PROPERTY_VALUE', path, `The name of an action must be one of ${actions.join(', ')}`)
    return
  }
  if (name !== 'navigate') return
  const target = isObject(action.next) ? action.next.name : undefined
  if (typeof target !== 'string' || !ids.includes(target)) {
    note('INVALID_NAVIGATION', path, `There is no screen ${JSON.stringify(target)} to navigate to`)
  }
}
