// Linking by a code of eight characters, which the device shows and somebody types into the phone.
import { badRequest, overLimit, type Refusal } from '../iq/answer.ts'
import { enterCode, finishCode } from '../phones/primary.ts'
import type { Account, Candidate, CodeOutcome, Companion } from '../state.ts'
import { isOverLimit } from '../traffic/limits.ts'
import { bytesIn, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { find, stamp, type World } from '../world.ts'
import { link } from './pairing.ts'

/** The device asks to be linked to a number by a code (`companion_hello`). Answers the reference, or why it is refused. */
export function askCode(world: World, candidate: Candidate, request: Stanza): string | Refusal {
  const account = find(world, request.attrs.jid ?? '')
  const ref = candidate.refs[0]?.ref
  if (!account || !ref) return badRequest
  if (isOverLimit(world, 'codes', account)) return overLimit
  const wrapped = bytesIn(request, 'link_code_pairing_wrapped_companion_ephemeral_pub')
  if (!bytesIn(request, 'companion_server_auth_key_pub').equals(candidate.noiseKey)) return badRequest
  candidate.code = { account, wrapped, exchange: null, ended: null }
  world.news.tell('code', account)
  return ref
}

/** Somebody types a code into the phone. Resolves with the device once it is linked; fails when the code is another one. */
export async function enter(world: World, account: Account, code: string): Promise<Companion> {
  const asking = (): Candidate | undefined =>
    [...world.state.candidates.values()].findLast((candidate) => candidate.code?.account === account)
  const candidate = await world.news.wait(asking, { what: `A device that asks for a code of ${account.number}` })
  if (!candidate.code) throw new Error('The device asks for no code any more')
  if (world.faults.linking?.kind === 'passkey') return enterWithPasskey(world, account, candidate)
  const { exchange, answer } = await enterCode(code, candidate.code.wrapped)
  candidate.code.exchange = exchange
  const linked = world.news.wait(() => outcome(candidate), { what: 'A link by this code' })
  const attrs = { from: SERVER, type: 'link_code_companion_reg', id: `code-${candidate.connection.id}` }
  const { public: identity } = account.device.creds.signedIdentityKey
  candidate.connection.send(
    stanza('notification', { ...attrs, t: stamp(world) }, [
      stanza('link_code_companion_reg', { stage: 'primary_hello' }, [
        stanza('link_code_pairing_wrapped_primary_ephemeral_pub', {}, answer),
        stanza('primary_identity_pub', {}, Buffer.from(identity)),
        stanza('link_code_pairing_ref', {}, Buffer.from(candidate.refs[0]?.ref ?? '')),
      ]),
    ]),
  )
  const ended = await linked
  if ('failure' in ended) throw ended.failure
  return ended.companion
}

/** With a passkey, the device is told that the code was typed, but gets no key to open with it. */
function enterWithPasskey(world: World, account: Account, candidate: Candidate): Promise<Companion> {
  const attrs = { from: SERVER, type: 'link_code_companion_reg', id: `code-${candidate.connection.id}` }
  const ref = stanza('link_code_pairing_ref', {}, Buffer.from(candidate.refs[0]?.ref ?? ''))
  const linked = link(world, account, { candidate, advSecret: Buffer.alloc(0) })
  const part = stanza('link_code_companion_reg', { stage: 'primary_hello' }, [ref])
  candidate.connection.send(stanza('notification', { ...attrs, t: stamp(world) }, [part]))
  return linked
}

/** How it ended so far; undefined while it has not. */
function outcome({ code, connection }: Candidate): CodeOutcome | undefined {
  if (code?.ended) return code.ended
  return connection.isOpen() ? undefined : { failure: new Error('The device went away') }
}

/** The device answers what the phone said (`companion_finish`). False: it did not know the code. */
export function finish(world: World, candidate: Candidate, reply: Stanza): boolean {
  const { code } = candidate
  // Once: whoever says it again would be linked again.
  if (!code?.exchange || candidate.taken) return false
  const keys = code.account.device.creds.signedIdentityKey
  const bundle = bytesIn(reply, 'link_code_pairing_wrapped_key_bundle')
  const identity = bytesIn(reply, 'companion_identity_public')
  try {
    const advSecret = finishCode(keys, code.exchange, { bundle, identity })
    candidate.taken = true
    // After the answer to this, as the device expects it.
    setImmediate(() => {
      void link(world, code.account, { candidate, advSecret }).then(
        (companion) => end(world, candidate, { companion }),
        (error: unknown) => end(world, candidate, { failure: asError(error) }),
      )
    })
    return true
  } catch {
    code.exchange = null
    end(world, candidate, { failure: new Error('The code is another one') })
    return false
  }
}

function end(world: World, { code }: Candidate, ended: CodeOutcome): void {
  if (!code) return
  code.ended = ended
  world.news.tell('code', code.account)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
