// What Meta refuses in texts, locations and reactions.
import { parameterError } from '../graph-error.ts'
import { checkMessageId } from './envelope.ts'
import { checkFlag, contentOf, onlyKeys, optionalText, type Place, pathOf, textIn, wrongValue } from './params.ts'
import type { Doom, Sender } from './sender.ts'

const longestText = 4096
const reactionAge = 30 * 24 * 60 * 60 * 1000

/** `{ body, preview_url? }`. */
export function checkText(content: unknown): undefined {
  const text = contentOf('text', content)
  const body = textIn(text, 'body')
  if (body.trim() === '') throw wrongValue(`${pathOf(text, 'body')} must not be blank.`)
  if ([...body].length > longestText) {
    throw parameterError(`Param ${pathOf(text, 'body')} must be at most ${longestText} characters long.`)
  }
  checkFlag(text, 'preview_url')
  onlyKeys(text, ['body', 'preview_url'])
}

/** `{ latitude, longitude, name?, address? }`; degrees as numbers or as texts. */
export function checkLocation(content: unknown): undefined {
  checkPlace(contentOf('location', content))
}

/** A location anywhere in a message. */
export function checkPlace(location: Place): void {
  checkDegrees(location, 'latitude', 90)
  checkDegrees(location, 'longitude', 180)
  optionalText(location, 'name', { max: 1000 })
  optionalText(location, 'address', { max: 1000 })
  onlyKeys(location, ['latitude', 'longitude', 'name', 'address'])
}

/**
 * `{ message_id, emoji }`; '' takes the reaction away. As Meta's documents say, one to a message that is not there,
 * is a reaction itself or is older than 30 days is accepted and then fails with 131009.
 */
export function checkReaction(content: unknown, { world, number }: Sender): Doom | undefined {
  const reaction = contentOf('reaction', content)
  const id = textIn(reaction, 'message_id')
  checkMessageId(id, pathOf(reaction, 'message_id'))
  const { emoji } = reaction.value
  if (emoji === undefined || emoji === null) throw parameterError("The parameter reaction['emoji'] is required.")
  if (typeof emoji !== 'string') throw parameterError("Param reaction['emoji'] must be a string.")
  if (emoji !== '' && !isEmoji(emoji)) throw wrongValue("The parameter reaction['emoji'] is not an emoji.")
  onlyKeys(reaction, ['message_id', 'emoji'])
  const message = world.state.messages.get(id)
  const isThere = message !== undefined && message.phoneNumberId === number.id && message.type !== 'reaction'
  if (isThere && world.now() - message.at <= reactionAge) return undefined
  return {
    code: 131009,
    details: `Message with ID ${id} cannot be reacted to: it is not there, too old or a reaction.`,
  }
}

function checkDegrees(location: Place, key: string, most: number): void {
  const path = pathOf(location, key)
  const value = location.value[key]
  if (value === undefined || value === null || value === '') throw parameterError(`The parameter ${path} is required.`)
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value))
  if (!isNumeric) throw parameterError(`Param ${path} must be a number.`)
  if (Math.abs(Number(value)) > most) throw wrongValue(`${path} must be between -${most} and ${most}.`)
}

/** One emoji, with or without the selector that makes a sign colourful. */
function isEmoji(text: string): boolean {
  return /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\ufe0f?)$/v.test(text)
}
