// Hears a connection of the library, and tells what it says in the words of port.ts.
import type { BinaryNode, ConnectionState, WASocket } from 'baileys'
import type { Closed, SocketEvents } from '../port.ts'
import type { Auth } from './auth.ts'
import type { Cache } from './cache.ts'
import { envelopeOfKey, type Me, plainContent, selfOf } from './envelope.ts'
import type { Inbound } from './inbound.ts'
import type { Library } from './library.ts'
import { tellNotices } from './notices.ts'
import { receiptOf } from './receipts.ts'
import { showQrs } from './repairs/qr-secret.ts'
import { seeFirst } from './wiring.ts'

/** What is told beyond ten years is no time. */
const MOST_BANNED_S = 10 * 366 * 86_400

const PASSKEY = 'WhatsApp wants this link confirmed with a passkey, which only a browser can do'

export interface Listening {
  readonly lib: Library
  readonly sock: WASocket
  readonly auth: Auth
  readonly inbound: Inbound
  readonly events: SocketEvents
  readonly me: () => Me
  readonly groups: Cache
  /** Ends the connection at once: something could not be recorded. */
  readonly abort: (error: unknown) => void
  readonly troubled: (error: unknown) => void
  /** The connection is at its end, or about to be. */
  readonly closed: (why: Closed | null) => void
  /** Takes WhatsApp's answer to a message of ours. */
  readonly acked: (attrs: BinaryNode['attrs']) => void
  /** True: a receipt is answered here, and not by the library. */
  readonly answers: (receipt: BinaryNode) => Promise<boolean>
}

export function listen(on: Listening): void {
  const { sock, auth, events, groups, closed, troubled } = on
  const { ws, ev } = sock
  ws.on('frame', () => events.frame())
  ws.on('CB:ack,class:message', ({ attrs }: BinaryNode) => {
    events.acked(attrs.id ?? '', attrs.error ?? null)
    on.acked(attrs)
  })
  // A device that is to prove itself with a passkey: only browsers can, and WhatsApp says no more until one did.
  const wantsPasskey = () => closed({ code: null, text: PASSKEY })
  ws.on('CB:notification,type:passkey_prologue_request', wantsPasskey)
  ws.on('CB:notification,type:link_code_companion_reg', (notice: BinaryNode) => {
    if (isKeyless(on.lib, notice)) wantsPasskey()
  })
  for (const end of ['CB:stream:error', 'CB:failure', 'CB:xmlstreamend']) ws.on(end, () => closed(null))
  seeFirst(sock, 'CB:message', { first: (stanza) => takeMessage(on, stanza), failed: troubled })
  seeFirst(sock, 'CB:receipt', { first: (stanza) => takeReceipt(on, stanza), failed: troubled })
  ws.prependListener('CB:notification,type:w:gp2', ({ attrs }: BinaryNode) => groups.del(attrs.from ?? ''))
  ev.on('creds.update', (update) => {
    Object.assign(auth.creds, update)
    auth.keep()
  })
  const tellState = stateTeller(on)
  ev.on('connection.update', tellState)
  ev.on('messages.upsert', ({ messages, requestId }) => {
    if (requestId !== undefined) for (const message of messages) handedOn(on, message).catch(troubled)
  })
  tellNotices(sock, events.notice)
}

/** A message may not come without encryption but from a channel: whoever sits at the server could write it. */
async function takeMessage({ sock, inbound, troubled }: Listening, stanza: BinaryNode): Promise<boolean> {
  try {
    if (await inbound.announce(stanza)) {
      // The library reads what waited at WhatsApp one by one, and would let what comes meanwhile overtake it: as part of
      // the same queue a message stays behind those that its chat got before.
      stanza.attrs.offline ??= '0'
      return true
    }
    await sock.sendMessageAck(stanza)
    return false
  } catch (error) {
    troubled(error)
    return sock.ws.isOpen
  }
}

/** A typed code that is to be confirmed with a passkey: word of it comes without the key that it else brings. */
function isKeyless(lib: Library, notice: BinaryNode): boolean {
  const said = lib.getBinaryNodeChild(notice, 'link_code_companion_reg')
  if (said?.attrs.stage !== 'primary_hello') return false
  return lib.getBinaryNodeChild(said, 'link_code_pairing_wrapped_primary_ephemeral_pub') === undefined
}

async function takeReceipt({ lib, me, events, abort, answers }: Listening, stanza: BinaryNode): Promise<boolean> {
  const receipt = receiptOf(lib, stanza, me())
  if (receipt === null) return !(await answers(stanza))
  try {
    await events.receipts(receipt)
    return true
  } catch (error) {
    abort(error)
    return false
  }
}

/** What came without its content (from advertisements, for one) is asked of our own phone, and handed on by it. */
async function handedOn({ lib, me, events }: Listening, message: Parameters<typeof envelopeOfKey>[1]): Promise<void> {
  if (!message.message) return
  const content = plainContent(lib, lib.proto.Message.create(message.message))
  await events.arrived({ envelope: envelopeOfKey(lib, message, me()), content })
}

function stateTeller(on: Listening): (update: Partial<ConnectionState>) => void {
  const { auth, events, closed } = on
  const show = showQrs({ ...on, show: events.qr })
  return ({ connection, lastDisconnect, qr, isNewLogin, reachoutTimeLock }) => {
    const { me } = auth.creds
    if (qr !== undefined) show(qr)
    if (isNewLogin && me) events.paired(selfOf(me))
    if (connection === 'open' && me) events.open(selfOf(me))
    if (reachoutTimeLock) {
      const until = reachoutTimeLock.timeEnforcementEnds?.getTime() ?? null
      events.restricted(reachoutTimeLock.isActive ? until : 0)
    }
    if (connection === 'close') closed(whyOf(lastDisconnect?.error))
  }
}

/** The status code that the library gives to an end, and its words. What the network says is no word of WhatsApp's. */
export function whyOf(error: unknown): Closed {
  const text = error instanceof Error ? error.message : 'The connection ended'
  const output = typeof error === 'object' && error !== null && 'output' in error ? error.output : null
  const code = typeof output === 'object' && output !== null && 'statusCode' in output ? output.statusCode : null
  const bannedMs = bannedMsOf(error)
  return {
    code: typeof code === 'number' && !text.startsWith('WebSocket Error') ? code : null,
    text,
    ...(bannedMs === null ? null : { bannedMs }),
  }
}

/** A refusal for a while says for how many seconds still; the library hands its attributes on. */
function bannedMsOf(error: unknown): number | null {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : null
  const expire = typeof data === 'object' && data !== null && 'expire' in data ? Number(data.expire) : Number.NaN
  return Number.isFinite(expire) && expire > 0 && expire <= MOST_BANNED_S ? expire * 1000 : null
}
