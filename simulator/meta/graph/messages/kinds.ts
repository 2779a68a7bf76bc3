// The types of messages: who checks the content of each, and which need the 24 h window.
import { checkContacts } from './contacts.ts'
import { checkInteractive } from './interactive.ts'
import { checkMedia } from './media.ts'
import { checkLocation, checkReaction, checkText } from './plain.ts'
import type { Doom, Sender } from './sender.ts'
import { checkTemplate } from './template.ts'

/** Throws what is refused at once; answers what is found out only later. */
export type Check = (content: unknown, sender: Sender) => Doom | undefined

/** A type of message; the price of a template goes by its category. */
export type Kind = { check: Check; needsWindow: boolean }

const free = (check: Check): Kind => ({ check, needsWindow: true })

/** By name of type. */
export const kinds: Record<string, Kind> = {
  text: free(checkText),
  location: free(checkLocation),
  reaction: free(checkReaction),
  contacts: free(checkContacts),
  interactive: free(checkInteractive),
  image: free((content, sender) => checkMedia('image', content, sender)),
  video: free((content, sender) => checkMedia('video', content, sender)),
  audio: free((content, sender) => checkMedia('audio', content, sender)),
  document: free((content, sender) => checkMedia('document', content, sender)),
  sticker: free((content, sender) => checkMedia('sticker', content, sender)),
  template: { check: checkTemplate, needsWindow: false },
}
