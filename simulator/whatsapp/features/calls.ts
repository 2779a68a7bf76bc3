// Phones ring linked devices, which can only see it and decline: there is no sound here.
import { randomBytes } from 'node:crypto'
import { keepLast, mostOddities } from '../bounds.ts'
import type { Account } from '../state.ts'
import { deliver } from '../traffic/queue.ts'
import { children, type Stanza, stanza } from '../wire/stanza.ts'
import { companionsOf, stamp, type World } from '../world.ts'

/** `declined`: by a linked device; `ended`: by the caller; `missed`: nobody took it. */
export type CallState = 'ringing' | 'declined' | 'ended' | 'missed'

export type Call = {
  /** 32 hexadecimal digits. */
  readonly id: string
  readonly from: Account
  readonly to: Account
  readonly isVideo: boolean
  /** The group that is called, with all its members. */
  readonly group: string | null
  state: CallState
}

export type Calls = {
  /** Rings every linked device of `to`. */
  ring(from: Account, to: Account, options?: { video?: boolean; group?: string; id?: string }): Call
  /** The caller hangs up, or nobody took the call for long enough (`missed`). Fails when it does not ring any more. */
  end(id: string, how?: 'ended' | 'missed'): Call
  /** Every call, oldest first. */
  readonly all: Call[]
}

export function openCalls(world: World): Calls {
  const all: Call[] = []
  const ringing = (id: string): Call | undefined => all.find((call) => call.id === id && call.state === 'ringing')
  world.news.on('heard', (what, companion) => {
    const [action] = what.tag === 'call' ? children(what) : []
    if (!companion || !action) return
    const { id = '', to = '' } = what.attrs
    companion.connection?.send(stanza('ack', { class: 'call', id, from: to, type: action.tag }))
    const call = ringing(action.attrs['call-id'] ?? '')
    if (action.tag !== 'reject' || call?.to !== companion.account) return
    call.state = 'declined'
    // The other devices stop ringing, too.
    tell(world, call, stanza('terminate', { ...idsOf(call), reason: 'rejected_elsewhere' }))
  })
  return {
    all,
    ring(from, to, { video = false, group, id = randomBytes(16).toString('hex').toUpperCase() } = {}) {
      if (all.some((call) => call.id === id)) throw new Error(`there was a call ${id} already`)
      const call: Call = { id, from, to, isVideo: video, group: group ?? null, state: 'ringing' }
      keepLast(all, call, mostOddities)
      tell(world, call, offer(call))
      return call
    },
    end(id, how = 'ended') {
      const call = ringing(id)
      if (!call) throw new Error(`there is no call ${id} that rings`)
      call.state = how
      tell(world, call, stanza('terminate', { ...idsOf(call), ...(how === 'missed' ? { reason: 'timeout' } : {}) }))
      return call
    },
  }
}

const idsOf = ({ id, from }: Call) => ({ 'call-id': id, 'call-creator': from.lid })

function offer(call: Call): Stanza {
  const { isVideo, group, from } = call
  const attrs = {
    ...idsOf(call),
    caller_pn: from.pn,
    'group-jid': group ?? undefined,
    type: group ? 'group' : undefined,
  }
  return stanza('offer', attrs, [
    stanza('audio', { enc: 'opus', rate: '16000' }),
    ...(isVideo ? [stanza('video', { enc: 'vp8', dec: 'vp8', orientation: '0' })] : []),
    stanza('net', { medium: '3' }),
    stanza('encopt', { keygen: '2' }),
  ])
}

function tell(world: World, { from, to }: Call, what: Stanza): void {
  const attrs = {
    ...{ from: from.lid, id: randomBytes(8).toString('hex').toUpperCase(), t: stamp(world) },
    ...{ notify: from.name, platform: 'android', version: '2.26.1.1', sender_pn: from.pn },
  }
  for (const companion of companionsOf(to)) deliver(companion, stanza('call', attrs, [what]))
}
