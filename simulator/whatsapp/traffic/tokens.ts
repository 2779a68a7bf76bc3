// Privacy tokens: whoever writes to somebody gives that person one, which allows to write back.
import { createHash } from 'node:crypto'
import type { Account } from '../state.ts'
import { stanza } from '../wire/stanza.ts'
import { companionsOf, isBlocked, type World } from '../world.ts'
import { deliver } from './queue.ts'

/** Seconds for which a token is good: four weeks, as WhatsApp Web counts by default. */
const tokenLivesS = 28 * 86_400
/** Phones give a new one each week. */
const renewedAfterS = 7 * 86_400

type Pair = { giver: Account; taker: Account }

/** 16 bytes that say who gave them to whom, and to the server alone. */
const tokenOf = ({ giver, taker }: Pair): Buffer =>
  createHash('sha256').update(`${giver.lid} ${taker.lid}`).digest().subarray(0, 16)

/** The token goes to the devices of the one for whom it is, unless that one blocked the giver. `at` is seconds since the epoch. */
export function giveToken({ giver, taker }: Pair, { at, id }: { at: number; id: string }): void {
  if (isBlocked(taker, giver)) return
  giver.tokens.set(taker, at)
  const t = String(at)
  const names = { from: giver.lid, sender_lid: giver.lid }
  for (const companion of companionsOf(taker)) {
    const token = stanza('token', { type: 'trusted_contact', jid: taker.lid, t }, tokenOf({ giver, taker }))
    const attrs = { id, type: 'privacy_token', t, ...names }
    deliver(companion, stanza('notification', attrs, [stanza('tokens', {}, [token])]))
  }
}

/** What a phone does when it writes to somebody, where tokens are wanted. */
export function giveTokenByPhone(world: World, pair: Pair, id: string): void {
  const at = Math.floor(world.now() / 1000)
  const given = pair.giver.tokens.get(pair.taker)
  if (!world.faults.wantsTokens || pair.giver === pair.taker) return
  if (given === undefined || at - given > renewedAfterS) giveToken(pair, { at, id: `token-${id}` })
}

/** Whether these bytes are the token that `giver` gave, and it is still good. */
export function isTokenOf(world: World, pair: Pair, bytes: Buffer): boolean {
  const given = pair.giver.tokens.get(pair.taker)
  return given !== undefined && world.now() / 1000 - given < tokenLivesS && bytes.equals(tokenOf(pair))
}
