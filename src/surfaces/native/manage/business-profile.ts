// Answers the operations on the profile that customers see of a number.
import type { businessProfile as said } from '../../../contract/native/manage/business-profile.ts'
import type { Gateway } from '../../../gateway/gateway.ts'
import type { Handlers } from '../../surface.ts'

export const businessProfile: Handlers<Gateway, typeof said> = {
  getBusinessProfile: async ({ app }, { account_id }) => app.business(account_id).profile.get(),
  async updateBusinessProfile({ app }, { account_id, ...change }) {
    await app.business(account_id).profile.update(change)
    return { status: 'ok' }
  },
}
