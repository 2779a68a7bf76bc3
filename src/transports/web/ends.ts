// Does what the end of a connection asks for: opens it anew, waits, asks for today's version, or gives up in a sentence.
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { SessionStoreOf } from '../transport.ts'
import type { Marks } from './marks.ts'
import type { Closed, Renewal } from './port.ts'
import { isSilence, stillOutdated, type Verdict, verdictOf, type Wait } from './reconnect.ts'
import { notLinked, SAYS, type StateName } from './states.ts'
import type { Tune } from './tune.ts'
import { createWaits, type Waits } from './waits.ts'

/** What a line does when it is told to. */
export interface Hands {
  become(is: StateName, reason: string | null): void
  login(): void
  pair(): void
  /** Takes up the session after a while, unless something else happens first. */
  resumeAfter(ms: number): void
  /** The connection was open and deaf. */
  silent(forMs: number): void
  /** Pairing came to an end. */
  unpaired(reason: string): void
  /** Nobody is linked any more. */
  forget(): void
  /** Answers whether nothing else was begun since it was called. */
  still(): () => boolean
}

export interface EndsParts {
  readonly clock: Clock
  readonly tune: Tune
  readonly log: Log
  readonly session: Pick<SessionStoreOf, 'wipe'>
  readonly marks: Pick<Marks, 'replace'>
  /** See LineParts. */
  readonly renewVersion: (refused: number | undefined) => Promise<Renewal>
  readonly line: Hands
}

/** A connection that ended. */
export interface Ended {
  readonly why: Closed
  readonly phase: 'idle' | 'pairing' | 'login' | 'open'
  /** How long it was open, ms. */
  readonly openForMs: number
  /** Resolves when nothing of it is being written any more. */
  readonly dropped: Promise<void>
}

export class Ends {
  readonly #parts: EndsParts
  readonly #waits: Waits
  /** Whether today's version was asked for since WhatsApp last took ours. */
  #isRenewed = false

  constructor(parts: EndsParts) {
    this.#parts = parts
    this.#waits = createWaits(parts.clock, parts.tune)
  }

  /** A phone was linked: the restart that follows is no trouble. */
  linked(): void {
    this.#waits.linked()
  }

  /** WhatsApp takes our version. */
  taken(): void {
    this.#isRenewed = false
  }

  ended({ why, phase, openForMs, dropped }: Ended): void {
    const { line, clock, tune } = this.#parts
    this.#waits.ended(openForMs)
    const verdict = verdictOf(why, { isSecond: this.#waits.isSecond(), now: clock.now() })
    if (phase === 'open' && isSilence(why)) line.silent(tune.quietMs)
    else if (verdict.is === 'outdated') void this.#renew(phase, { reason: verdict.reason, refused: why.revision })
    else if (phase === 'pairing' && verdict.is !== 'broken') this.#unpaired(why)
    else this.#obey(verdict, dropped)
  }

  again(wait: Wait, reason: string): void {
    const { line } = this.#parts
    const ms = this.#waits.before(wait)
    if (ms === 0) {
      line.become('connecting', null)
      line.login()
      return
    }
    line.become('retrying', reason)
    line.resumeAfter(ms)
  }

  #unpaired({ code, text }: Closed): void {
    const reason = code === 408 ? SAYS.unscanned : notLinked(text)
    this.#parts.line.unpaired(reason)
    this.#parts.line.become('unlinked', reason)
  }

  /** The version of today is asked for and tried, once. Never fails. */
  async #renew(phase: Ended['phase'], { reason, refused }: { reason: string; refused: number | undefined }) {
    const { line, renewVersion } = this.#parts
    const isStill = line.still()
    if (phase !== 'pairing') line.become('connecting', reason)
    const isFirst = !this.#isRenewed
    this.#isRenewed = true
    const found = isFirst ? await renewVersion(refused) : 'same'
    if (!isStill()) return
    // What could not be found out now may be found out when it is looked at again.
    if (found === 'unknown') this.#isRenewed = false
    if (found !== 'newer') this.#obey(stillOutdated(reason, found), Promise.resolve())
    else if (phase === 'pairing') line.pair()
    else line.login()
  }

  #obey(verdict: Verdict, dropped: Promise<void>): void {
    const { line, session, marks } = this.#parts
    const { is, reason } = verdict
    line.unpaired(reason)
    if (is === 'again') this.again(verdict.wait, reason)
    if (is === 'again' || is === 'outdated') return
    line.become(is, reason)
    if (is === 'broken' && verdict.look !== null) line.resumeAfter(this.#untilLook(verdict.look))
    if (is === 'replaced')
      this.#afterwards(marks.replace(reason), 'that the session was left could not be written down')
    if (is !== 'logged_out') return
    line.forget()
    const wiped = dropped.then(() => session.wipe())
    this.#afterwards(wiped, 'a session that is over could not be wiped')
  }

  #untilLook(look: 'rarely' | number): number {
    const { clock, tune } = this.#parts
    return look === 'rarely' ? this.#waits.beforeLook() : Math.max(0, look - clock.now()) + tune.leastWaitMs
  }

  #afterwards(work: Promise<void>, failed: string): void {
    work.catch((cause: unknown) => this.#parts.log.error(failed, { cause }))
  }
}
