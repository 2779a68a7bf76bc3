// The questions that a client asks at every start and about its own settings: mostly answered with what it expects.
import { drain } from '../traffic/queue.ts'
import { giveToken } from '../traffic/tokens.ts'
import { bytesOf, children, type Stanza, stanza } from '../wire/stanza.ts'
import { find } from '../world.ts'
import { type Answer, badRequest, type DeviceQuestion } from './answer.ts'

const privacyCategories = ['readreceipts', 'last', 'online', 'profile', 'status', 'groupadd', 'calladd', 'messages']

/** Pings, statistics and the like: taken, with nothing to say. */
export function answerNothing(): Answer {
  return []
}

/** `passive`: from `active` on, the device gets its messages. The answer goes out before them. */
export function answerPassive({ world, companion, part }: DeviceQuestion): Answer {
  if (part?.tag === 'active') setImmediate(() => drain(world, companion))
  if (part?.tag === 'passive') companion.active = false
  return []
}

/** `abt`: which of WhatsApp's experiments hold for this device. One that says nothing is enough. */
export function answerProps(): Answer {
  const prop = stanza('prop', { config_code: '1', config_value: '1' })
  return [stanza('props', { protocol: '1', hash: 'sim', ab_key: 'sim', refresh: '86400' }, [prop])]
}

export function answerBlocklist({ account, iq, part }: DeviceQuestion): Answer {
  const { jid, action } = part?.attrs ?? {}
  if (iq.attrs.type === 'set' && jid) {
    if (action === 'block') account.blocked.add(jid)
    else account.blocked.delete(jid)
  }
  const items = [...account.blocked].map((blocked) => stanza('item', { jid: blocked }))
  return [stanza('list', {}, items)]
}

/** `privacy`: settings, read and changed, and the tokens by which contacts may be written to. */
export function answerPrivacy(question: DeviceQuestion): Answer {
  const { account, iq, part } = question
  if (part?.tag === 'tokens') return giveTokens(question, part)
  if (part?.tag !== 'privacy') return badRequest
  const asked = children(part, 'category')
  if (iq.attrs.type === 'set') {
    for (const { attrs } of asked) if (attrs.name && attrs.value) account.privacy.set(attrs.name, attrs.value)
  }
  const categories = privacyCategories.map((name) =>
    stanza('category', { name, value: account.privacy.get(name) ?? 'all' }),
  )
  return [stanza('privacy', {}, categories)]
}

/** The account gives tokens to people, who show them when they write back. */
function giveTokens({ world, account, iq }: DeviceQuestion, part: Stanza): Answer {
  for (const { attrs } of children(part, 'token')) {
    const taker = find(world, attrs.jid ?? '')
    const at = Number(attrs.t)
    if (attrs.type !== 'trusted_contact' || !Number.isSafeInteger(at)) return badRequest
    if (taker && taker !== account) giveToken({ giver: account, taker }, { at, id: `token-${iq.attrs.id}` })
  }
  return []
}

/** `status`: the line below one's name. */
export function answerStatus({ account, iq, part }: DeviceQuestion): Answer {
  if (iq.attrs.type === 'set' && part?.tag === 'status') account.about = bytesOf(part).toString()
  return []
}

/** `w:mex`: GraphQL within a stanza. The account is under no restriction. */
export function answerMex(): Answer {
  return [stanza('result', {}, Buffer.from('{"data":{}}'))]
}
