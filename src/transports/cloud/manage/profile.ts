// What customers see of the account's number (Meta, "Business profiles").
import type { BusinessLine } from '../../transport.ts'
import type { Clerk } from './clerk.ts'

const FIELDS = 'about,address,description,email,profile_picture_url,websites,vertical'

export function createProfile(clerk: Clerk): BusinessLine['profile'] {
  const path = (): string => `${encodeURIComponent(clerk.cloud().phoneNumberId)}/whatsapp_business_profile`
  return {
    get: () => clerk.read(path(), { fields: FIELDS }),
    update: (change) =>
      clerk.confirm({ method: 'POST', path: path(), body: { ...change, messaging_product: 'whatsapp' } }),
  }
}
