// What can be done to a group, by a linked device or on a phone, and how all its members' devices hear of it.
import { randomBytes } from 'node:crypto'
import type { Account } from '../state.ts'
import { deliver } from '../traffic/queue.ts'
import { type Stanza, stanza } from '../wire/stanza.ts'
import { companionsOf, stamp, type World } from '../world.ts'
import {
  descriptionStanza,
  type Group,
  groupStanza,
  isAdmin,
  longestSubject,
  memberStanza,
  namedAs,
  newInviteCode,
} from './group.ts'

/** One thing that is done to a group. */
export type Change =
  | { is: 'subject'; text: string }
  /** Null takes it away. */
  | { is: 'description'; text: string | null; id?: string }
  | { is: 'add' | 'remove' | 'promote' | 'demote'; who: readonly Account[] }
  | { is: 'leave' }
  | { is: 'announcement' | 'not_announcement' | 'locked' | 'unlocked' }
  | { is: 'ephemeral'; seconds: number }
  | { is: 'member_add_mode'; mode: Group['memberAdd'] }
  | { is: 'membership_approval_mode'; on: boolean }
  /** Takes the invitation back; there is a new one. */
  | { is: 'invite' }

/** Why WhatsApp does not do it: its code and words. */
export class GroupRefusal extends Error {
  readonly code: number
  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** Of one who was to be added or the like: 200, or the error in the answer. */
export type Outcome = { who: Account; code: string }

/**
 * Does it and tells the members' devices. Answers what became of each one whom it was about. Fails with a GroupRefusal
 * when `by` may not.
 */
export function applyChange(world: World, group: Group, by: Account, change: Change): Outcome[] {
  refuseWhoMayNot(group, by, change)
  if ('who' in change) {
    if (change.is === 'add') return add(world, group, by, change.who)
    return changeMembers(world, group, by, { is: change.is, who: change.who })
  }
  if (change.is === 'leave') {
    const told = stanza('remove', {}, [memberStanza(group, by)])
    const audience = [...group.members.keys()]
    group.members.delete(by)
    world.news.tell('left', group.id)
    tell(world, { group, by, audience }, told)
    return [{ who: by, code: '200' }]
  }
  tell(world, { group, by, audience: [...group.members.keys()] }, set(world, group, by, change))
  return []
}

type Setting = Exclude<Change, { who: readonly Account[] } | { is: 'leave' }>

/** Sets it, and answers how it is told. */
function set(world: World, group: Group, by: Account, change: Setting): Stanza {
  const at = Math.floor(world.now() / 1000)
  switch (change.is) {
    case 'subject':
      if (change.text === '' || [...change.text].length > longestSubject) throw new GroupRefusal(406, 'not-acceptable')
      group.subject = { text: change.text, by, at }
      return stanza('subject', { subject: change.text, s_t: String(at), ...namedAs(group, 's_o', by) })
    case 'description': {
      const id = change.id ?? randomBytes(8).toString('hex').toUpperCase()
      group.description = change.text === null ? null : { id, text: change.text, by, at }
      return group.description
        ? descriptionStanza(group, group.description)
        : stanza('description', { id }, [stanza('delete')])
    }
    case 'announcement':
    case 'not_announcement':
      group.announces = change.is === 'announcement'
      return stanza(change.is)
    case 'locked':
    case 'unlocked':
      group.locked = change.is === 'locked'
      return stanza(change.is)
    case 'ephemeral':
      group.expires = change.seconds
      return change.seconds > 0 ? stanza('ephemeral', { expiration: String(change.seconds) }) : stanza('not_ephemeral')
    case 'member_add_mode':
      group.memberAdd = change.mode
      return stanza('member_add_mode', {}, Buffer.from(change.mode))
    case 'membership_approval_mode':
      group.approves = change.on
      return stanza(change.is, {}, [stanza('group_join', { state: change.on ? 'on' : 'off' })])
    case 'invite':
      group.inviteCode = newInviteCode()
      return stanza('invite', { code: group.inviteCode })
  }
}

/** Somebody is in: by being added, by the invitation, or by being let in. Those who are there already are not told. */
export function enter(world: World, group: Group, by: Account, who: readonly Account[]): void {
  const there = [...group.members.keys()]
  for (const account of who) {
    group.members.set(account, 'member')
    group.requests.delete(account)
  }
  const parts = who.map((account) => memberStanza(group, account))
  tell(world, { group, by, audience: there }, stanza('add', who.includes(by) ? { reason: 'invite' } : {}, parts))
  tell(world, { group, by, audience: who }, stanza('create', { type: 'new' }, [groupStanza(group)]))
}

function add(world: World, group: Group, by: Account, who: readonly Account[]): Outcome[] {
  const fresh = who.filter((account) => !group.members.has(account) && account.privacy.get('groupadd') !== 'none')
  const outcomes = who.map((account) => {
    const refused = group.members.has(account) ? '409' : '403'
    return { who: account, code: fresh.includes(account) ? '200' : refused }
  })
  if (fresh.length > 0) enter(world, group, by, fresh)
  return outcomes
}

function changeMembers(
  world: World,
  group: Group,
  by: Account,
  { is, who }: { is: 'remove' | 'promote' | 'demote'; who: readonly Account[] },
): Outcome[] {
  const audience = [...group.members.keys()]
  const fit = who.filter((account) => {
    const rank = group.members.get(account)
    return rank !== undefined && (is === 'promote' || rank !== 'superadmin')
  })
  for (const account of fit) {
    if (is === 'remove') group.members.delete(account)
    else group.members.set(account, rankAfter(is, group.members.get(account)))
  }
  if (is === 'remove' && fit.length > 0) world.news.tell('left', group.id)
  if (fit.length > 0) {
    const parts = fit.map((account) => memberStanza(group, account))
    tell(world, { group, by, audience }, stanza(is, {}, parts))
  }
  return who.map((account) => {
    const refused = audience.includes(account) ? '406' : '404'
    return { who: account, code: fit.includes(account) ? '200' : refused }
  })
}

const rankAfter = (is: 'promote' | 'demote', rank: string | undefined) => {
  if (rank === 'superadmin') return 'superadmin'
  return is === 'promote' ? 'admin' : 'member'
}

/** Admins may everything; members what the group leaves to them. */
function refuseWhoMayNot(group: Group, by: Account, change: Change): void {
  if (!group.members.has(by)) throw new GroupRefusal(403, 'forbidden')
  if (change.is === 'leave' || isAdmin(group, by)) return
  const free: Change['is'][] = group.locked ? [] : ['subject', 'description', 'ephemeral']
  if (group.memberAdd === 'all_member_add') free.push('add')
  if (!free.includes(change.is)) throw new GroupRefusal(403, 'forbidden')
}

/** A `w:gp2` notification to all linked devices of these accounts, the one that did it included. */
export function tell(
  world: World,
  { group, by, audience }: { group: Group; by: Account; audience: readonly Account[] },
  what: Stanza,
): void {
  const attrs = {
    ...{ from: group.id, type: 'w:gp2', id: randomBytes(5).readUIntBE(0, 5).toString(), t: stamp(world) },
    ...namedAs(group, 'participant', by),
    ...(group.addressing === 'pn' ? { participant_lid: by.lid } : {}),
    ...{ addressing_mode: group.addressing, notify: by.name },
  }
  for (const account of audience) {
    for (const companion of companionsOf(account)) deliver(companion, stanza('notification', attrs, [what]))
  }
}
