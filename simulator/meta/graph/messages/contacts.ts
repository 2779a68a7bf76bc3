// What Meta refuses in messages that carry contact cards.
import { parameterError } from '../graph-error.ts'
import {
  isAbsent,
  missing,
  objectIn,
  onlyKeys,
  optionalObject,
  optionalObjects,
  optionalText,
  type Place,
  pathOf,
  placeOf,
  textIn,
  wrongValue,
} from './params.ts'

const mostContacts = 257
const nameParts = ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix']
const parts: Record<string, readonly string[]> = {
  phones: ['phone', 'type', 'wa_id'],
  emails: ['email', 'type'],
  urls: ['url', 'type'],
  addresses: ['street', 'city', 'state', 'zip', 'country', 'country_code', 'type'],
}

/** An array of cards, each with `name: { formatted_name, and one more part of a name }`. */
export function checkContacts(content: unknown): undefined {
  if (isAbsent(content)) throw missing('The parameter contacts is required for messages of type contacts.')
  if (!Array.isArray(content)) throw parameterError('Param contacts must be an array.')
  if (content.length === 0) throw parameterError('Param contacts must not be empty.')
  if (content.length > mostContacts) throw wrongValue(`contacts: at most ${mostContacts} can be sent at once.`)
  for (const [i, each] of content.entries()) checkCard(placeOf(`contacts[${i}]`, each))
}

function checkCard(card: Place): void {
  onlyKeys(card, ['name', 'org', 'birthday', ...Object.keys(parts)])
  const name = objectIn(card, 'name')
  textIn(name, 'formatted_name')
  for (const part of nameParts) optionalText(name, part)
  onlyKeys(name, ['formatted_name', ...nameParts])
  if (nameParts.every((part) => isAbsent(name.value[part]))) {
    throw missing(`${name.path}: besides formatted_name, one of ${nameParts.join(', ')} is required.`)
  }
  for (const [part, keys] of Object.entries(parts)) {
    for (const entry of optionalObjects(card, part)) {
      onlyKeys(entry, keys)
      for (const key of keys) optionalText(entry, key)
    }
  }
  const org = optionalObject(card, 'org')
  if (org) {
    onlyKeys(org, ['company', 'department', 'title'])
    for (const key of ['company', 'department', 'title']) optionalText(org, key)
  }
  const birthday = optionalText(card, 'birthday')
  if (birthday && !/^\d{4}-\d{2}-\d{2}$/.test(birthday)) {
    throw wrongValue(`${pathOf(card, 'birthday')} must be a date, as in 2012-08-18.`)
  }
}
