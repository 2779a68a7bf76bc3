// What customers see of the account's number (Meta, "Business profiles").
import type { BusinessLine } from '../../transport.ts'
import type { Manager } from './manager.ts'

const FIELDS = 'about,address,description,email,profile_picture_url,websites,vertical'

export function createProfile(manager: Manager): BusinessLine['profile'] {
  const path = (): string => `${encodeURIComponent(manager.cloud().phoneNumberId)}/whatsapp_business_profile`
  return {
    get: () => manager.read(path(), { fields: FIELDS }),
    update: (change) =>
      manager.confirm({ method: 'POST', path: path(), body: { ...change, messaging_product: 'whatsapp' } }),
  }
}
