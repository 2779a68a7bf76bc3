// What Meta refuses in carousels: two to ten cards, each with a picture or a video and buttons of one kind.
import { parameterError } from '../graph-error.ts'
import { checkCtaUrl } from './actions.ts'
import { checkHeaderMedia } from './media.ts'
import {
  checkUnique,
  objectIn,
  objectsIn,
  oneOf,
  onlyKeys,
  optionalObject,
  type Place,
  pathOf,
  textIn,
  wrongValue,
} from './params.ts'
import type { Doom, Sender } from './sender.ts'

const shownTypes = ['image', 'video'] as const

/** `{ cards: [{ card_index, type?, header, body?, action: a link, or { buttons } }] }`. */
export function checkCarousel(action: Place): void {
  const cards = objectsIn(action, 'cards')
  if (cards.length < 2 || cards.length > 10) {
    throw wrongValue('Invalid cards count. Min allowed cards: 2, Max allowed cards: 10')
  }
  onlyKeys(action, ['cards'])
  checkUnique(
    cards.map((card) => String(indexOf(card))),
    'Card indexes',
  )
  for (const card of cards) checkCard(card)
  const forms = new Set(cards.map((card) => buttonsOf(card).length))
  if (forms.size > 1) throw wrongValue('All cards of a carousel must have the same buttons.')
}

/** The pictures and videos of its cards. */
export function checkCardFiles(action: Place, sender: Sender): Doom | undefined {
  const dooms = objectsIn(action, 'cards').map((card) => {
    const header = objectIn(card, 'header')
    const type = oneOf(header, 'type', shownTypes)
    return checkHeaderMedia(type, objectIn(header, type), sender)
  })
  return dooms.find((doom) => doom !== undefined)
}

function checkCard(card: Place): void {
  onlyKeys(card, ['card_index', 'type', 'header', 'body', 'action'])
  if (card.value.type !== undefined) oneOf(card, 'type', ['cta_url'])
  const body = optionalObject(card, 'body')
  if (body) {
    textIn(body, 'text', { max: 160, label: 'Card body text' })
    onlyKeys(body, ['text'])
  }
  const action = objectIn(card, 'action')
  if (action.value.buttons === undefined) checkCtaUrl(action)
  else onlyKeys(action, ['buttons'])
  const replies = buttonsOf(card).map((button) => {
    oneOf(button, 'type', ['quick_reply'])
    onlyKeys(button, ['type', 'quick_reply'])
    const reply = objectIn(button, 'quick_reply')
    onlyKeys(reply, ['id', 'title'])
    textIn(reply, 'title', { max: 20, label: 'Button title' })
    return textIn(reply, 'id', { max: 256, label: 'Button id' })
  })
  checkUnique(replies, 'Button ids')
  const header = objectIn(card, 'header')
  onlyKeys(header, ['type', oneOf(header, 'type', shownTypes)])
}

/** The buttons of a card; none when its action is a link. */
function buttonsOf(card: Place): Place[] {
  const action = objectIn(card, 'action')
  return action.value.buttons === undefined ? [] : objectsIn(action, 'buttons')
}

function indexOf(card: Place): number {
  const index = card.value.card_index
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index <= 9) return index
  throw parameterError(`Param ${pathOf(card, 'card_index')} must be an integer from 0 to 9.`)
}
