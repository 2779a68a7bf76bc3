// What clients ask and order about groups (`w:g2`), answered as WhatsApp does.
import type { Account } from '../state.ts'
import { bytesOf, child, children, type Stanza, stanza } from '../wire/stanza.ts'
import { type Caller, find, type World } from '../world.ts'
import { applyChange, type Change, enter, GroupRefusal, type Outcome, tell } from './changes.ts'
import { createGroup, type Group, groupStanza, isAdmin, longestSubject, memberStanza, named } from './group.ts'

/** All groups by id. */
export type Groups = Map<string, Group>

/** The parts of the answer to a `w:g2` IQ. Fails with a GroupRefusal for what WhatsApp answers by an error. */
export function answerGroupIq(world: World, groups: Groups, { account }: Caller, iq: Stanza): Stanza[] {
  const [asked] = children(iq)
  if (!asked) throw new GroupRefusal(400, 'bad-request')
  const to = iq.attrs.to ?? ''
  const parts = { world, groups, by: account, asked }
  if (to === '@g.us' || to === 'g.us') return iq.attrs.type === 'get' ? lookUp(parts) : order(parts)
  const group = groups.get(to)
  if (!group) throw new GroupRefusal(404, 'item-not-found')
  if (asked.tag === 'accept') return acceptPersonal(world, group, account, asked)
  if (!group.members.has(account)) throw new GroupRefusal(403, 'forbidden')
  return iq.attrs.type === 'get' ? read(group, account, asked) : write(world, group, account, asked)
}

type Asking = { world: World; groups: Groups; by: Account; asked: Stanza }

function lookUp({ groups, by, asked }: Asking): Stanza[] {
  if (asked.tag === 'participating') {
    const mine = [...groups.values()].filter((group) => group.members.has(by))
    return [stanza('groups', {}, mine.map(groupStanza))]
  }
  if (asked.tag === 'invite') return [groupStanza(byInvitation(groups, asked.attrs.code))]
  throw new GroupRefusal(501, 'feature-not-implemented')
}

function order({ world, groups, by, asked }: Asking): Stanza[] {
  if (asked.tag === 'create') return create({ world, groups, by, asked })
  if (asked.tag === 'leave') {
    const left = children(asked, 'group').map(({ attrs: { id = '' } }) => {
      const group = groups.get(id)
      if (group?.members.has(by)) applyChange(world, group, by, { is: 'leave' })
      return stanza('group', { id, error: group ? undefined : '404' })
    })
    return [stanza('leave', {}, left)]
  }
  if (asked.tag === 'invite') return accept(world, byInvitation(groups, asked.attrs.code), by)
  throw new GroupRefusal(501, 'feature-not-implemented')
}

function create({ world, groups, by, asked }: Asking): Stanza[] {
  const subject = asked.attrs.subject ?? ''
  if (subject === '' || [...subject].length > longestSubject) throw new GroupRefusal(406, 'not-acceptable')
  const wanted = children(asked, 'participant').map(({ attrs: { jid = '' } }) => ({ jid, account: find(world, jid) }))
  const members = wanted.flatMap(({ account }) => (account ? [account] : []))
  const group = createGroup({ subject, creator: by, members }, Math.floor(world.now() / 1000))
  groups.set(group.id, group)
  tellOfCreation(world, group, asked.attrs.key)
  const strangers = wanted.filter(({ account }) => !account)
  const told = groupStanza(group)
  const errors = strangers.map(({ jid }) => stanza('participant', { jid, error: '404' }))
  return [{ ...told, content: [...children(told), ...errors] }]
}

/** All members' devices hear of a new group. `key` is what the client that made it called it. */
export function tellOfCreation(world: World, group: Group, key?: string): void {
  const told = stanza('create', { type: 'new', key }, [groupStanza(group)])
  tell(world, { group, by: group.creator, audience: [...group.members.keys()] }, told)
}

function byInvitation(groups: Groups, code: string | undefined): Group {
  const group = [...groups.values()].find(({ inviteCode }) => inviteCode === code)
  if (!group) throw new GroupRefusal(406, 'not-acceptable')
  return group
}

function accept(world: World, group: Group, by: Account): Stanza[] {
  if (group.members.has(by)) throw new GroupRefusal(409, 'conflict')
  if (!group.approves) {
    enter(world, group, by, [by])
    return [stanza('group', { jid: group.id })]
  }
  group.requests.set(by, Math.floor(world.now() / 1000))
  const audience = [...group.members.keys()].filter((member) => isAdmin(group, member))
  const parts = [stanza('requested_user', named(group, by))]
  tell(world, { group, by, audience }, stanza('created_membership_requests', { request_method: 'invite_link' }, parts))
  return [stanza('membership_approval_request', { jid: group.id })]
}

/** An invitation that was sent to one person: it says who sent it, and until when it holds (seconds since the epoch). */
function acceptPersonal(world: World, group: Group, by: Account, { attrs }: Stanza): Stanza[] {
  const host = find(world, attrs.admin ?? '')
  const isGood = host && isAdmin(group, host) && attrs.code === group.inviteCode
  if (!isGood || Number(attrs.expiration) * 1000 < world.now()) throw new GroupRefusal(406, 'not-acceptable')
  if (!group.members.has(by)) enter(world, group, by, [by])
  return [stanza('group', { jid: group.id })]
}

function read(group: Group, by: Account, asked: Stanza): Stanza[] {
  if (asked.tag === 'query') return [groupStanza(group)]
  if (!isAdmin(group, by)) throw new GroupRefusal(403, 'forbidden')
  if (asked.tag === 'invite') return [stanza('invite', { code: group.inviteCode })]
  if (asked.tag === 'membership_approval_requests') {
    const waiting = [...group.requests].map(([account, at]) =>
      stanza('membership_approval_request', { ...named(group, account), request_time: String(at) }),
    )
    return [stanza(asked.tag, {}, waiting)]
  }
  throw new GroupRefusal(501, 'feature-not-implemented')
}

function write(world: World, group: Group, by: Account, asked: Stanza): Stanza[] {
  if (asked.tag === 'membership_requests_action') return decide(world, group, by, asked)
  if (asked.tag === 'revoke') return [stanza('revoke')]
  const { change, strangers } = changeOf(world, asked)
  const outcomes = applyChange(world, group, by, change)
  if (change.is === 'invite') return [stanza('invite', { code: group.inviteCode })]
  if (!('who' in change)) return [stanza(change.is)]
  const unknown = strangers.map((jid) => stanza('participant', { jid, error: '404' }))
  return [stanza(change.is, {}, [...outcomes.map((each) => outcomeStanza(group, each)), ...unknown])]
}

const outcomeStanza = (group: Group, { who, code }: Outcome): Stanza => {
  const told = memberStanza(group, who)
  return code === '200' ? told : stanza('participant', { ...told.attrs, error: code })
}

function decide(world: World, group: Group, by: Account, asked: Stanza): Stanza[] {
  if (!isAdmin(group, by)) throw new GroupRefusal(403, 'forbidden')
  const [action] = children(asked)
  const outcomes = children(action, 'participant').map(({ attrs: { jid = '' } }) => {
    const who = find(world, jid)
    if (!who || !group.requests.has(who)) return stanza('participant', { jid, error: '404' })
    if (action?.tag === 'approve') enter(world, group, by, [who])
    else group.requests.delete(who)
    return stanza('participant', named(group, who))
  })
  return [stanza(asked.tag, {}, [stanza(action?.tag ?? 'reject', {}, outcomes)])]
}

const switches = ['announcement', 'not_announcement', 'locked', 'unlocked'] as const

/** The change that a stanza orders; `strangers` are the addresses in it that nobody has. */
function changeOf(world: World, asked: Stanza): { change: Change; strangers: string[] } {
  const only = (change: Change) => ({ change, strangers: [] })
  const text = (of: Stanza | undefined): string => bytesOf(of).toString()
  const { tag, attrs } = asked
  const plain = switches.find((each) => each === tag)
  if (plain) return only({ is: plain })
  switch (tag) {
    case 'subject':
      return only({ is: 'subject', text: text(asked) })
    case 'description': {
      const id = attrs.id === undefined ? {} : { id: attrs.id }
      return only({ is: 'description', text: attrs.delete === 'true' ? null : text(child(asked, 'body')), ...id })
    }
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote': {
      const wanted = children(asked, 'participant').map(({ attrs: { jid = '' } }) => ({ jid, who: find(world, jid) }))
      const who = wanted.flatMap((each) => (each.who ? [each.who] : []))
      return { change: { is: tag, who }, strangers: wanted.flatMap((each) => (each.who ? [] : [each.jid])) }
    }
    case 'ephemeral':
      return only({ is: 'ephemeral', seconds: Number(attrs.expiration ?? 0) })
    case 'not_ephemeral':
      return only({ is: 'ephemeral', seconds: 0 })
    case 'member_add_mode':
      return only({ is: tag, mode: text(asked) === 'all_member_add' ? 'all_member_add' : 'admin_add' })
    case 'membership_approval_mode':
      return only({ is: tag, on: child(asked, 'group_join')?.attrs.state === 'on' })
    case 'invite':
      return only({ is: 'invite' })
  }
  throw new GroupRefusal(501, 'feature-not-implemented')
}
