// Linking phones: what is offered to them, and sessions that move from one server to another.
import type { createKeyedQueue } from '../kit/keyed-queue.ts'
import type { Account, AccountState } from '../model/account.ts'
import { Failure } from '../model/failure.ts'
import { repeatsItself } from '../model/repeating.ts'
import type { Store } from '../store/store.ts'
import type { PairingLine, PairingOffer } from '../transports/transport.ts'
import { LINE_MARKS } from '../transports/transport.ts'
import { createCodeLimit } from './accounts/code-limit.ts'
import type { Linking } from './accounts/linking.ts'
import { openSession, sealSession } from './accounts/session-text.ts'
import type { AccountsPart, PairingPart } from './gateway.ts'
import type { Lines } from './lines.ts'

export interface PairingDeps {
  readonly store: Pick<Store, 'sessions'>
  readonly lines: Pick<Lines, 'account' | 'state' | 'close' | 'reopen'>
  readonly linking: Linking
  readonly accounts: Pick<AccountsPart, 'disable' | 'enable'>
  /** The queue in which everything that changes an account takes its turn. */
  readonly inTurn: ReturnType<typeof createKeyedQueue>
  readonly now: () => number
}

/** How long an offer is still shown after its time, ms: the next one is on its way. */
const GRACE_MS = 5_000

/** For how long it is told that a link was refused, ms: who asks again and again must not begin it again and again. */
const TOLD_MS = 60_000
/** A code that ended this little before its time was refused by nobody, ms: clocks start apart. */
const EARLY_MS = 1_500

export function createPairing(deps: PairingDeps): PairingPart {
  const { lines, linking, inTurn } = deps
  const known = (id: string): Account => {
    const account = lines.account(id)
    if (!account) throw new Failure('not-found', `id: there is no account "${id}"`)
    if (account.kind === 'web') return account
    throw new Failure('unsupported', `id: "${id}" is a number of the Cloud API, which no phone is linked to`)
  }
  const mayAsk = createCodeLimit(deps.now)
  const shown = new WeakMap<PairingLine, PairingOffer>()
  const shows = (pairing: PairingLine, offer: PairingOffer): PairingOffer => {
    shown.set(pairing, offer)
    return offer
  }
  return {
    async qr(id, anew = false) {
      const pairing = linking.of(known(id).id)
      const offer = pairing.offer()
      if (offer && offer.expiresAt + GRACE_MS > deps.now()) return shows(pairing, offer)
      const refusal = anew ? null : refusalOf(lines.state(id), shown.get(pairing), deps.now())
      if (refusal !== null) throw new Failure('upstream', refusal)
      return shows(pairing, await linking.begin(pairing))
    },
    async code(id, phone) {
      const pairing = linking.of(known(id).id)
      mayAsk(id)
      // Joins what is just being begun, which would else take the connection away from under the code.
      if (pairing.offer()?.by !== 'qr') await linking.begin(pairing)
      return shows(pairing, await pairing.code(phone))
    },
    exportSession: async (id, password) => handOut(deps, known(id), password),
    importSession: (id, text, password) => inTurn(id, async () => takeIn(deps, known(id), { text, password })),
  }
}

/** Why the link was not made to which this was shown last: it ended while the code was good, a moment ago. */
function refusalOf({ is, since, reason }: AccountState, last: PairingOffer | undefined, now: number): string | null {
  if (last === undefined || (is !== 'unlinked' && is !== 'broken')) return null
  return since + EARLY_MS < last.expiresAt && now < since + TOLD_MS ? reason : null
}

/**
 * The account is switched off first: nothing that comes in after the copy was made may move the keys on, and of two
 * servers with the same session WhatsApp lets only the last one stay.
 */
async function handOut(deps: PairingDeps, { id, disabled }: Account, password: string): Promise<string> {
  const { store, linking, accounts, inTurn } = deps
  if (repeatsItself(password)) throw new Failure('invalid', 'password: repeats itself, so it is easily guessed')
  if (!(await linking.isLinked(id)))
    throw new Failure('not-connected', `id: no phone is linked to "${id}", so there is no session to export`)
  if (!disabled) await accounts.disable(id)
  try {
    return await inTurn(id, async () => {
      if (!deps.lines.account(id)?.disabled) throw new Failure('conflict', `id: "${id}" was enabled meanwhile`)
      const { credentials, keys } = await store.sessions.whole(id)
      if (credentials === null) throw new Failure('not-connected', `id: the phone was just unlinked from "${id}"`)
      const own = keys.filter(({ type }) => type !== LINE_MARKS.type)
      const text = await sealSession({ credentials, keys: own }, password)
      await linking.handOver(id)
      return text
    })
  } catch (thrown) {
    if (!disabled) await accounts.enable(id)
    throw thrown
  }
}

async function takeIn(
  { store, lines, linking }: PairingDeps,
  account: Account,
  given: { readonly text: string; readonly password: string },
): Promise<void> {
  const { id } = account
  // A session that went elsewhere may come back, and is newer than what was left here.
  if ((await linking.isLinked(id)) && linking.handedOverAt(id) === null)
    throw new Failure('exists', `id: a phone is linked to "${id}"; to replace it, remove the account and add it anew`)
  const session = await openSession(given.text, given.password)
  await linking.alone(id, session.credentials, async () => {
    await lines.close(id)
    try {
      // What an unfinished pairing has left is no part of the session.
      await store.sessions.wipe(id)
      linking.forget(id)
      await store.sessions.put(id, session)
    } finally {
      if (!account.disabled) lines.reopen(account)
    }
  })
}
