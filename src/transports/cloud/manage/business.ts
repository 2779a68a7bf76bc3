// Everything that is managed at Meta for one number, by what it is about.
import type { BusinessLine } from '../../transport.ts'
import { createCatalogs } from './catalogs.ts'
import { createFlows } from './flows.ts'
import { createManager, type Managed } from './manager.ts'
import { createMedia } from './media.ts'
import { createPhoneNumbers } from './phone-numbers.ts'
import { createProfile } from './profile.ts'
import { createTemplates } from './templates.ts'

export function createBusiness(managed: Managed): BusinessLine {
  const manager = createManager(managed)
  return {
    templates: createTemplates(manager),
    flows: createFlows(manager),
    phoneNumbers: createPhoneNumbers(manager),
    catalogs: createCatalogs(manager),
    profile: createProfile(manager),
    media: createMedia(manager, managed),
  }
}
