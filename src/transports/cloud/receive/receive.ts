// Turns one change of a callback into events. Pure but for the new ids of files: what comes out depends on nothing but
// what came in.
import type { AccountErrorData } from '../../../model/notice-data.ts'
import { asList, isObject, type Wire } from '../wire.ts'
import { addFact, addRaw, type Change, eachItem, errorRefOf } from './change.ts'
import { addMessage } from './message.ts'
import { addNotice } from './notice.ts'
import { peopleOf } from './person.ts'
import { receiveAddressBook, receiveCalls, receiveGroups, receiveUserIds } from './social.ts'
import { addStatus } from './status.ts'

/** What a `messages` value has besides its lists; a list of any other name is something new, and kept raw. */
const READ_LISTS: ReadonlySet<string> = new Set(['contacts', 'messages', 'message_echoes', 'statuses', 'errors'])

/** The fields that hold lists of things; every other field is a notice, or stays raw. */
const BY_FIELD: ReadonlyMap<string, (change: Change) => void> = new Map([
  ['messages', receiveMessages],
  ['smb_message_echoes', receiveMessages],
  ['message_echoes', receiveMessages],
  ['calls', receiveCalls],
  ['group_lifecycle_update', receiveGroups],
  ['group_settings_update', receiveGroups],
  ['group_status_update', receiveGroups],
  ['group_participants_update', receiveGroups],
  ['user_id_update', receiveUserIds],
  ['smb_app_state_sync', receiveAddressBook],
])

/** Adds the events of one change to its drafts: one per message, status or fact. Never fails, never drops anything. */
export function receiveChange(change: Change): void {
  const before = change.drafts.length
  try {
    const receive = BY_FIELD.get(change.field)
    if (receive) receive(change)
    else if (!addNotice(change)) addRaw(change, change.value)
  } catch {
    // Nothing in here is meant to throw; should it, the change is told whole instead of in part.
    change.drafts.length = before
    addRaw(change, change.value)
  }
}

function receiveMessages(change: Change): void {
  const { value } = change
  if (!isObject(value)) {
    addRaw(change, value)
    return
  }
  const before = change.drafts.length
  const messages = asList(value.messages)
  const echoes = asList(value.message_echoes)
  const statuses = asList(value.statuses)
  const errors = asList(value.errors)
  const people = peopleOf(value.contacts, messages.length + echoes.length + statuses.length === 1)
  eachItem(change, { items: messages, place: 'messages' }, (message) =>
    addMessage(change, message, { people, echo: false, errors }),
  )
  eachItem(change, { items: echoes, place: 'message_echoes' }, (message) =>
    addMessage(change, message, { people, echo: true, errors }),
  )
  eachItem(change, { items: statuses, place: 'statuses' }, (status) => addStatus(change, status, people))
  if (errors.length > 0 && messages.length + echoes.length === 0) addErrors(change, errors, value)
  const rest = newLists(value)
  if (rest) addRaw(change, rest, 'rest')
  if (change.drafts.length === before) addRaw(change, value)
}

function addErrors(change: Change, errors: readonly unknown[], value: Wire): void {
  const told = errors.map(errorRefOf).filter((error) => error !== null)
  const [first] = told
  const data: AccountErrorData = {
    reason: first ? (first.details ?? first.message ?? first.title) : null,
    errors: told,
    timestamp: change.at === 0 ? null : new Date(change.at).toISOString(),
  }
  if (!first || !addFact(change, { type: 'account.error', data, item: value })) addRaw(change, { errors }, 'errors')
}

/** Lists of names that we do not know, and known names that hold no list: told raw, so that nothing is lost. */
function newLists(value: Wire): Wire | null {
  const unread = Object.keys(value).filter((key) => READ_LISTS.has(key) !== Array.isArray(value[key]))
  return unread.length === 0 ? null : Object.fromEntries(unread.map((key) => [key, value[key]]))
}
