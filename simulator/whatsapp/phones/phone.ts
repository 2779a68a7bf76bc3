// What somebody does with a phone: the doors of one account.
import { enter } from '../linking/link-code.ts'
import { unlink } from '../linking/login.ts'
import { scan } from '../linking/pairing.ts'
import type { LinkedDevice, Phone } from '../simulator.ts'
import type { Account, Companion } from '../state.ts'
import { mention } from '../traffic/queue.ts'
import { askAgain, sayReceipt } from '../traffic/receipts.ts'
import { deviceAddress, stanza } from '../wire/stanza.ts'
import { companionsOf, nameOf, need, type World } from '../world.ts'
import { assertion } from './passkey.ts'
import { say } from './sending.ts'
import { inTurn } from './turn.ts'

/** The phone of an account. */
export function phoneOf(world: World, account: Account): Phone {
  const receipt = (type?: 'read' | 'played') => (from: string, ids: readonly string[], options?: { group?: string }) =>
    sayReceipt(world, account, { to: from, ids, group: options?.group, ...(type ? { type } : {}) })
  return {
    number: account.number,
    pn: account.pn,
    lid: account.lid,
    name: account.name,
    scans: async (qr) => shown(await scan(world, account, qr)),
    enters: async (code) => shown(await enter(world, account, code)),
    says: (to, content, options = {}) => inTurn(account, () => say(world, account, { to, content, options })),
    delivers: receipt(),
    reads: receipt('read'),
    plays: receipt('played'),
    showsPasskey: (options) => assertion(account, options),
    asksAgain: (id, options) => askAgain(world, account, { id, ...options }),
    types: (to, on = true) => type(world, account, { to, on }),
    unlinks(device) {
      const linked = companionsOf(account).filter(({ id }) => device === undefined || id === device)
      for (const companion of linked) unlink(world, companion)
    },
    companions: () => companionsOf(account).map(shown),
    inbox: () => [...account.inbox],
    hears: (match, options) =>
      world.news.wait(() => account.inbox.find(match), { what: `A message to ${account.number}`, ...options }),
    on: (listener) =>
      world.news.on('message', (received) => {
        if (received.by === account.number) listener(received)
      }),
  }
}

/** A linked device as the doors show it. */
export function shown(companion: Companion): LinkedDevice {
  const { account, id, os, removed, connection, active, oneTime, pending } = companion
  return {
    phone: account.number,
    id,
    jid: deviceAddress(account.pn, id),
    lid: deviceAddress(account.lid, id),
    os,
    linked: !removed,
    online: connection !== null,
    active,
    keys: oneTime.length,
    get waiting() {
      return [...pending.values()].map(({ tag, attrs }) => ({ tag, id: attrs.id ?? '', type: attrs.type ?? null }))
    },
  }
}

function type(world: World, from: Account, { to, on }: { to: string; on: boolean }): void {
  const told = stanza('chatstate', { from: nameOf(from, from.addressing) }, [stanza(on ? 'composing' : 'paused')])
  for (const companion of companionsOf(need(world, to))) mention(companion, told)
}
