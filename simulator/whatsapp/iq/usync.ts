// `usync`: looking up people. Are they on WhatsApp, which devices have they, what is their other name?
import type { Account } from '../state.ts'
import { isOverLimit } from '../traffic/limits.ts'
import { bytesOf, child, children, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { addressingOf, companionsOf, find, stamp, type World } from '../world.ts'
import { type Answer, badRequest, type DeviceQuestion, overLimit } from './answer.ts'

export function answerUsync({ world, part, companion }: DeviceQuestion): Answer {
  const query = child(part, 'query')
  if (part?.tag !== 'usync' || !query) return badRequest
  if (isOverLimit(world, 'lookups', companion)) return overLimit
  if (world.faults.throttled > 0) {
    world.faults.throttled -= 1
    return overLimit
  }
  const wanted = children(query).map(({ tag }) => tag)
  const users = children(child(part, 'list'), 'user').map((user) => lookUp(world, user, wanted))
  const result = stanza(
    'result',
    {},
    wanted.map((tag) => stanza(tag)),
  )
  const { sid, mode = 'query' } = part.attrs
  return [stanza('usync', { sid, mode, last: 'true', index: '0' }, [result, stanza('list', {}, users)])]
}

/** One person: asked by address, or by a number within `contact`. */
function lookUp(world: World, user: Stanza, wanted: readonly string[]): Stanza {
  const asked = bytesOf(child(user, 'contact')).toString()
  const jid = user.attrs.jid ?? `${asked.replace(/\D/g, '')}${SERVER}`
  const account = find(world, jid)
  const parts = wanted.flatMap((tag) => {
    if (tag === 'contact')
      return [stanza('contact', { type: account ? 'in' : 'out' }, asked ? Buffer.from(asked) : undefined)]
    return account ? known(world, account, { tag, jid }) : []
  })
  return stanza('user', { jid }, parts)
}

function known(world: World, account: Account, { tag, jid }: { tag: string; jid: string }): Stanza[] {
  switch (tag) {
    case 'devices':
      return [devices(world, account)]
    case 'lid':
      return addressingOf(jid) === 'pn' ? [stanza('lid', { val: account.lid })] : []
    case 'status':
      return [stanza('status', { t: stamp(world) }, Buffer.from(account.about))]
    case 'disappearing_mode':
      return [stanza('disappearing_mode', { duration: '0', t: '0' })]
    default:
      return []
  }
}

function devices(world: World, account: Account): Stanza {
  const linked = companionsOf(account).map(({ id }) => stanza('device', { id: String(id), 'key-index': String(id) }))
  return stanza('devices', {}, [
    stanza('device-list', {}, [stanza('device', { id: '0' }), ...linked]),
    stanza('key-index-list', { ts: stamp(world) }),
  ])
}
