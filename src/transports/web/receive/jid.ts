// WhatsApp's addresses of people and places (`15551234567@s.whatsapp.net`, `900000000000001@lid`, `...@g.us`).

export interface Jid {
  /** `list` is a broadcast list, `status` everybody's status updates, `other` somebody who has neither number nor LID (a bot). */
  readonly kind: 'phone' | 'lid' | 'group' | 'status' | 'list' | 'channel' | 'other'
  /** What stands before the `@`, without a device. */
  readonly user: string
  /** Without a device, with the server that WhatsApp writes today. */
  readonly text: string
}

const SHAPE = /^([0-9A-Za-z.-]{1,64})(?:_\d{1,3})?(?::\d{1,5})?@([a-z.]{1,20})$/

/** Null for what is no address of WhatsApp's. */
export function parseJid(value: unknown): Jid | null {
  const found = typeof value === 'string' && value.length <= 100 ? SHAPE.exec(value) : null
  const [, user, server] = found ?? []
  if (user === undefined || server === undefined) return null
  switch (server) {
    case 's.whatsapp.net':
    case 'c.us':
    case 'hosted':
      return numbered('phone', user, 's.whatsapp.net')
    case 'lid':
    case 'hosted.lid':
      return numbered('lid', user, 'lid')
    case 'g.us':
      return /^\d{5,30}(-\d{5,15})?$/.test(user) ? { kind: 'group', user, text: `${user}@g.us` } : null
    case 'broadcast':
      return { kind: user === 'status' ? 'status' : 'list', user, text: `${user}@broadcast` }
    case 'newsletter':
      return { kind: 'channel', user, text: `${user}@newsletter` }
    case 'bot':
      return { kind: 'other', user, text: `${user}@bot` }
    default:
      return null
  }
}

function numbered(kind: 'phone' | 'lid', user: string, server: string): Jid | null {
  return /^\d{5,20}$/.test(user) ? { kind, user, text: `${user}@${server}` } : null
}
