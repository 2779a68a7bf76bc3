// People: somebody gets a phone and a number, and is on WhatsApp from then on.
import type { Account, Addressing, State } from '../state.ts'
import { SERVER } from '../wire/stanza.ts'
import { createDevice } from './device.ts'

/** Who somebody is and how the phone behaves. */
export type PhoneProfile = {
  /** Shown to others; the number when absent. */
  name?: string
  /** The user part of the LID, digits; made of the number when absent. Cannot be changed later. */
  lid?: string
  about?: string
  /** By which name the phone addresses what it sends; `lid` when absent, as at WhatsApp today. */
  addressing?: Addressing
  /** True: senders are told at once that their messages arrived. False when absent: it takes `delivers`. */
  autoDelivers?: boolean
  /** False: the phone does not send again what a device asks for. True when absent. */
  answersRetries?: boolean
  /** False: the phone does not ask again, by itself, for what it could not read. True when absent. */
  asksByItself?: boolean
  /** False: it does not answer what its devices ask of it (history, messages that they never got). True when absent. */
  answersRequests?: boolean
}

/** The account of a number (digits, perhaps with a plus); made when there is none, changed by what the profile says. */
export function accountOf(state: State, number: string, profile: PhoneProfile = {}): Account {
  const digits = number.replace(/^\+/, '')
  if (!/^\d{5,20}$/.test(digits)) throw new Error(`${JSON.stringify(number)} is no phone number`)
  const { lid, ...change } = profile
  const account = state.accounts.get(digits) ?? createAccount(state, digits, lid)
  return Object.assign(account, change)
}

function createAccount(state: State, number: string, lid = `99${number.padStart(13, '0')}`): Account {
  if (state.accounts.has(lid)) throw new Error(`Somebody has the LID ${lid} already`)
  const account: Account = {
    number,
    pn: `${number}${SERVER}`,
    lid: `${lid}@lid`,
    name: number,
    about: 'Hey there! I am using WhatsApp.',
    addressing: 'lid',
    autoDelivers: false,
    answersRetries: true,
    asksByItself: true,
    answersRequests: true,
    device: createDevice(),
    companions: new Map(),
    sent: new Map(),
    inbox: [],
    seen: new Map(),
    past: [],
    contacts: new Set(),
    tokens: new Map(),
    privacy: new Map(),
    blocked: new Set(),
  }
  state.accounts.set(number, account)
  state.accounts.set(lid, account)
  return account
}
