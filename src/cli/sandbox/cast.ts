// Who is who in the sandbox: the accounts, the hook, and the people who write to them.

export const HOOK = 'my-software'

/** The number of Meta's Cloud API, and the customer who writes to it. */
export const SHOP = 'shop'
export const ADA = '15550001111'

/** The linked number, whose phone it is, and the friend who writes to it. Numbers on the simulated WhatsApp. */
export const LINKED = 'phone'
export const PHONE = '15550000001'
export const ZOE = '15550002222'

/** For whoever goes on: an account that is not there yet, and a phone that is linked to nothing. */
export const OWN = 'mine'
export const OWN_PHONE = '15550000002'

/** Who has a phone on the simulated WhatsApp; `autoDelivers`: it tells at once that a message arrived. */
export const PHONES = {
  [PHONE]: { name: 'Sandbox Phone', autoDelivers: true },
  [OWN_PHONE]: { name: 'Your Phone', autoDelivers: true },
  [ZOE]: { name: 'Zoë', autoDelivers: true },
} as const
