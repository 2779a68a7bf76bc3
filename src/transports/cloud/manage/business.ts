// Everything that is managed at Meta for one number, by what it is about.
import type { BusinessLine } from '../../transport.ts'
import { createCatalogs } from './catalogs.ts'
import { createClerk, type Managed } from './clerk.ts'
import { createFlows } from './flows.ts'
import { createMedia } from './media.ts'
import { createPhoneNumbers } from './phone-numbers.ts'
import { createProfile } from './profile.ts'
import { createTemplates } from './templates.ts'

export function createBusiness(managed: Managed): BusinessLine {
  const clerk = createClerk(managed)
  return {
    templates: createTemplates(clerk),
    flows: createFlows(clerk),
    phoneNumbers: createPhoneNumbers(clerk),
    catalogs: createCatalogs(clerk),
    profile: createProfile(clerk),
    media: createMedia(clerk, managed),
  }
}
