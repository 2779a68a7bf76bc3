// The WhatsHooked API: all its operations, by operation id.
import { accounts } from './accounts.ts'
import { cache } from './cache.ts'
import { deliveries } from './deliveries.ts'
import { hooks } from './hooks.ts'
import { messages } from './messages.ts'
import { send } from './send.ts'
import { system } from './system.ts'

export const native = { ...system, ...hooks, ...accounts, ...send, ...messages, ...deliveries, ...cache }
export type Native = typeof native

/** The tags of the API, in the order in which a reader meets them. */
export const NATIVE_TAGS = [
  { name: 'System', description: 'Health and status' },
  { name: 'Webhooks', description: 'Who is told of what, and where' },
  { name: 'Accounts', description: 'The WhatsApp numbers that this server holds' },
  { name: 'Send', description: 'Send messages' },
  { name: 'Messages', description: 'Read receipts, and what became of a message' },
  { name: 'Deliveries', description: 'What each webhook got, has still to get, and was given up on' },
  { name: 'Cache', description: 'Events that some webhook has not got, or that none wanted' },
] as const
