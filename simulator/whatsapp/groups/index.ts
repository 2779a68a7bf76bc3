// The door of the groups: makes them, changes them as a phone does, and takes part in what clients ask and send.
import { type Answer, type DeviceQuestion, refuse } from '../iq/answer.ts'
import type { Account, Addressing, Companion } from '../state.ts'
import { partsOf } from '../traffic/messages.ts'
import { find, type GroupTraffic, type World } from '../world.ts'
import { answerGroupIq, type Groups, tellOfCreation } from './asked.ts'
import { applyChange, type Change, enter, GroupRefusal, type Outcome } from './changes.ts'
import { createGroup, type Group, type GroupOptions, isAdmin } from './group.ts'
import { type Circle, type KeysGiven, sayToCircle, takeForCircle } from './traffic.ts'

export type { Groups } from './asked.ts'
export type { Change, Outcome } from './changes.ts'
export type { Group, GroupOptions, Rank } from './group.ts'

export type GroupDoor = {
  /** A phone makes a group; the members' linked devices hear of it unless `quietly`: then it was there before. */
  create(options: GroupOptions & { quietly?: boolean }): Group
  /** Fails with a sentence when there is no such group. */
  need(id: string): Group
  /** Somebody changes it on the phone, or tries to. Fails with WhatsApp's words when they may not. */
  change(id: string, by: Account, change: Change): Outcome[]
  /** Somebody comes in by the invitation. */
  join(id: string, who: Account): void
  readonly all: Groups
  /** `w:g2` */
  answer(question: DeviceQuestion): Answer
  readonly traffic: GroupTraffic
  /** A phone puts something into its status, for these to see. */
  sayStatus: (from: Account, audience: readonly Account[], what: Parameters<typeof sayToCircle>[2]) => Promise<string>
}

const status = 'status@broadcast'

export function openGroups(world: World): GroupDoor {
  const all: Groups = new Map()
  const given: KeysGiven = new Map()
  /** To whom a device has given the key of its status. */
  const statusAudience = new Map<Companion, Set<Account>>()
  renewKeys(world, given)
  const need = (id: string): Group => {
    const group = all.get(id)
    if (!group) throw new Error(`there is no group ${id}`)
    return group
  }
  const traffic: GroupTraffic = {
    addressingOf: (id) => all.get(id)?.addressing,
    async take(caller, message) {
      const { to = '', participant } = message.attrs
      if (to === status) {
        const audience = statusAudience.get(caller.companion) ?? new Set([caller.account])
        statusAudience.set(caller.companion, audience)
        for (const part of partsOf(message)) audience.add(find(world, part.to) ?? caller.account)
        return takeForCircle(world, caller, message, statusCircle([...audience]))
      }
      const group = all.get(to)
      // Who was removed may still send a message again to one who asked for it.
      if (!group || (participant === undefined && !mayWrite(group, caller.account))) return
      await takeForCircle(world, caller, message, circleOf(group))
    },
    say(from, id, content, options) {
      const group = need(id)
      if (!mayWrite(group, from)) throw new Error(`${from.number} may not write to ${id}`)
      return sayToCircle(world, { from, circle: circleOf(group), given }, { content, options })
    },
  }
  return {
    ...{ all, need, traffic },
    create({ quietly = false, ...options }) {
      if (options.id !== undefined && all.has(options.id)) throw new Error(`there is a group ${options.id} already`)
      const group = createGroup(options, Math.floor(world.now() / 1000))
      all.set(group.id, group)
      if (!quietly) tellOfCreation(world, group)
      return group
    },
    change: (id, by, change) => applyChange(world, need(id), by, change),
    join(id, who) {
      if (!need(id).members.has(who)) enter(world, need(id), who, [who])
    },
    answer: ({ connection, account, companion, iq }) => {
      try {
        return answerGroupIq(world, all, { connection, account, companion }, iq)
      } catch (thrown) {
        if (thrown instanceof GroupRefusal) return refuse(thrown.code, thrown.message)
        throw thrown
      }
    },
    sayStatus: (from, audience, what) =>
      sayToCircle(world, { from, circle: statusCircle([from, ...audience]), given }, what),
  }
}

/** Who left must not read what comes after, nor a device that was unlinked: all who write make themselves new keys. */
function renewKeys(world: World, given: KeysGiven): void {
  world.news.on('left', (id) => {
    for (const name of given.keys()) if (name.endsWith(` ${id}`)) given.delete(name)
  })
  world.news.on('unlinked', (companion) => {
    for (const [name, has] of given) if (has.has(companion)) given.delete(name)
  })
}

const mayWrite = (group: Group, account: Account): boolean =>
  group.members.has(account) && (!group.announces || isAdmin(group, account))

const circleOf = ({ id, addressing, members }: Group): Circle => ({ id, addressing, audience: [...members.keys()] })

const statusCircle = (audience: readonly Account[], addressing: Addressing = 'lid'): Circle => ({
  ...{ id: status, addressing, audience: [...new Set(audience)] },
})
