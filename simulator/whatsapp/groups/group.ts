// A group as WhatsApp keeps it, and as it tells it to clients.
import { randomBytes } from 'node:crypto'
import type { Account, Addressing } from '../state.ts'
import { type Stanza, stanza } from '../wire/stanza.ts'
import { nameOf } from '../world.ts'

export type Rank = 'member' | 'admin' | 'superadmin'

/** Times are seconds since the epoch. */
export type Group = {
  /** `120363000000000001@g.us` */
  readonly id: string
  /** By which of their names members are addressed. */
  readonly addressing: Addressing
  readonly creator: Account
  readonly createdAt: number
  readonly members: Map<Account, Rank>
  /** Who asked to be let in, and wait. */
  readonly requests: Map<Account, number>
  subject: { text: string; by: Account; at: number }
  description: { id: string; text: string; by: Account; at: number } | null
  inviteCode: string
  /** Only admins may write. */
  announces: boolean
  /** Only admins may change what the group is called and so on. */
  locked: boolean
  memberAdd: 'admin_add' | 'all_member_add'
  /** Admins decide about whoever comes by the invitation. */
  approves: boolean
  /** Seconds until messages disappear; 0: they stay. */
  expires: number
}

export type GroupOptions = {
  subject: string
  creator: Account
  /** The creator need not be named. */
  members: readonly Account[]
  /** Of these, who are admins besides the creator. */
  admins?: readonly Account[]
  /** LID unless said: what new groups at WhatsApp are. */
  addressing?: Addressing
  /** `120363…@g.us`; made up when left out. */
  id?: string
}

/** WhatsApp's own limit for the name of a group, characters. */
export const longestSubject = 100

export function createGroup(options: GroupOptions, nowS: number): Group {
  const { subject, creator, admins = [], addressing = 'lid' } = options
  const id = options.id ?? `120363${randomBytes(6).readUIntBE(0, 6).toString().padStart(15, '0').slice(-12)}@g.us`
  const members = new Map<Account, Rank>([[creator, 'superadmin']])
  for (const member of [...options.members, ...admins]) {
    if (member !== creator) members.set(member, admins.includes(member) ? 'admin' : 'member')
  }
  return {
    ...{ id, addressing, creator, createdAt: nowS, members, requests: new Map(), description: null },
    ...{ subject: { text: subject, by: creator, at: nowS }, inviteCode: newInviteCode() },
    ...{ announces: false, locked: false, memberAdd: 'admin_add', approves: false, expires: 0 },
  }
}

export const newInviteCode = (): string => randomBytes(16).toString('base64url')

export const isAdmin = (group: Group, account: Account): boolean =>
  (group.members.get(account) ?? 'member') !== 'member'

/** Attributes that name an account in a group, both names, the group's own first. */
export function named(group: Group, account: Account, attrs: { name: string; alt: string } = memberAttrs(group)) {
  const other: Addressing = group.addressing === 'lid' ? 'pn' : 'lid'
  return { [attrs.name]: nameOf(account, group.addressing), [attrs.alt]: nameOf(account, other) }
}

const memberAttrs = ({ addressing }: Group) => ({ name: 'jid', alt: addressing === 'lid' ? 'phone_number' : 'lid' })

/** `<participant>`, with the rank where there is one. */
export function memberStanza(group: Group, account: Account): Stanza {
  const rank = group.members.get(account)
  return stanza('participant', { ...named(group, account), type: rank === 'member' ? undefined : rank })
}

/** `<group>`, all that is known of it. */
export function groupStanza(group: Group): Stanza {
  const { subject, creator, description, expires } = group
  const by = (name: string, account: Account) => namedAs(group, name, account)
  const attrs = {
    ...{ id: group.id.split('@')[0], subject: subject.text, s_t: String(subject.at), ...by('s_o', subject.by) },
    ...{ creation: String(group.createdAt), ...by('creator', creator), addressing_mode: group.addressing },
    size: String(group.members.size),
  }
  const parts: (Stanza | false)[] = [
    ...[...group.members.keys()].map((member) => memberStanza(group, member)),
    description !== null && descriptionStanza(group, description),
    group.announces && stanza('announcement'),
    group.locked && stanza('locked'),
    expires > 0 && stanza('ephemeral', { expiration: String(expires) }),
    group.approves && stanza('membership_approval_mode', {}, [stanza('group_join', { state: 'on' })]),
    stanza('member_add_mode', {}, Buffer.from(group.memberAdd)),
  ]
  return stanza(
    'group',
    attrs,
    parts.filter((part) => part !== false),
  )
}

export function descriptionStanza(group: Group, told: NonNullable<Group['description']>): Stanza {
  const attrs = { id: told.id, t: String(told.at), ...namedAs(group, 'participant', told.by) }
  return stanza('description', attrs, [stanza('body', {}, Buffer.from(told.text))])
}

/** `x="…@lid" x_pn="…"`, or the number alone in a group that goes by numbers. */
export function namedAs(group: Group, name: string, account: Account): Record<string, string> {
  return group.addressing === 'lid' ? { [name]: account.lid, [`${name}_pn`]: account.pn } : { [name]: account.pn }
}
