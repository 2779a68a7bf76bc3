// The WhatsHooked API: all its operations, by operation id.
import { accounts } from './accounts.ts'
import { audit } from './audit.ts'
import { cache } from './cache.ts'
import { deliveries } from './deliveries.ts'
import { hooks } from './hooks.ts'
import { keys } from './keys.ts'
import { businessProfile } from './manage/business-profile.ts'
import { catalogs } from './manage/catalogs.ts'
import { flows } from './manage/flows.ts'
import { phoneNumbers } from './manage/phone-numbers.ts'
import { templates } from './manage/templates.ts'
import { media } from './media.ts'
import { messages } from './messages.ts'
import { pairing } from './pairing.ts'
import { send } from './send.ts'
import { system } from './system.ts'

export const native = {
  ...system,
  ...hooks,
  ...accounts,
  ...pairing,
  ...send,
  ...messages,
  ...templates,
  ...flows,
  ...phoneNumbers,
  ...catalogs,
  ...businessProfile,
  ...media,
  ...deliveries,
  ...cache,
  ...keys,
  ...audit,
}
export type Native = typeof native

/** The tags of the API, in the order in which a reader meets them. */
export const NATIVE_TAGS = [
  { name: 'System', description: 'Health and status' },
  { name: 'Webhooks', description: 'Who is told of what, and where' },
  { name: 'Accounts', description: 'The WhatsApp numbers that this server holds' },
  { name: 'Send', description: 'Send messages' },
  { name: 'Messages', description: 'Read receipts, and what became of a message' },
  { name: 'Templates', description: 'What a business may say first (Business API only)' },
  { name: 'Flows', description: 'Forms of several screens inside of a chat (Business API only)' },
  { name: 'Phone Numbers', description: 'Verifying numbers, and registering them (Business API only)' },
  { name: 'Catalog', description: 'What a business sells (Business API only)' },
  { name: 'Business Profile', description: 'What customers see of a number (Business API only)' },
  { name: 'Media', description: 'Files at Meta (Business API only)' },
  { name: 'Deliveries', description: 'What each webhook got, has still to get, and was given up on' },
  { name: 'Cache', description: 'Events that some webhook has not got, or that none wanted' },
  { name: 'Keys', description: 'Who may call this API, for which accounts, and who changed what' },
] as const
