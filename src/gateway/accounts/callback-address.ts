// Where Meta calls us for an account: the path here, and the address outside.
import type { Account } from '../../model/account.ts'
import { callbackPathOf } from '../../model/callback-path.ts'
import type { AccountView } from '../gateway.ts'

export function callbackOf(
  { id, cloud }: Account,
  publicUrl: string | null,
): Pick<AccountView, 'callbackPath' | 'callbackUrl'> {
  if (!cloud) return { callbackPath: null, callbackUrl: null }
  const path = encodeURI(callbackPathOf(id, cloud.webhookPath))
  return { callbackPath: path, callbackUrl: publicUrl && `${publicUrl.replace(/\/+$/, '')}${path}` }
}
