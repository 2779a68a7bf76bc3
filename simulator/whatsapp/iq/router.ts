// Which question is answered by whom: one entry for each namespace.
import { keepLast, mostOddities } from '../bounds.ts'
import { askCode, finish } from '../linking/link-code.ts'
import { unlink } from '../linking/login.ts'
import { answerCeremony } from '../linking/passkey.ts'
import { addressOf, child, children, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import {
  type Answer,
  type Answering,
  badRequest,
  type DeviceQuestion,
  type Question,
  refuse,
  unknown,
} from './answer.ts'
import { answerKeys } from './keys.ts'
import {
  answerBlocklist,
  answerMex,
  answerNothing,
  answerPassive,
  answerPrivacy,
  answerProps,
  answerStatus,
} from './settings.ts'
import { answerUsync } from './usync.ts'

/** By `xmlns`, besides those that start.ts adds. What has no entry is refused (501) and remembered as unhandled. */
const answers: Readonly<Record<string, Answering>> = {
  abt: answerProps,
  blocklist: answerBlocklist,
  encrypt: answerKeys,
  md: answerDevices,
  passive: answerPassive,
  privacy: answerPrivacy,
  status: answerStatus,
  tos: answerNothing,
  'urn:xmpp:ping': answerNothing,
  'urn:xmpp:whatsapp:dirty': answerNothing,
  usync: answerUsync,
  'w:mex': answerMex,
  'w:p': answerNothing,
  'w:stats': answerNothing,
}

/** Further namespaces, or others' answers to these. */
export type Answers = Readonly<Record<string, Answering>>

/** Answers an IQ of a client, whoever it is. */
export async function answerIq(question: Question, others: Answers): Promise<void> {
  const { world, connection, iq, part } = question
  const { asked } = world.state
  const kind = `${iq.attrs.xmlns ?? ''}/${iq.attrs.type ?? ''}/${part?.tag ?? '-'}`
  asked.set(kind, (asked.get(kind) ?? 0) + 1)
  const answer = await answerOf(question, others)
  connection.send(written(iq, answer))
}

async function answerOf(question: Question, others: Answers): Promise<Answer> {
  const { world, connection, iq } = question
  const companion = world.connections.get(connection)
  const namespace = iq.attrs.xmlns ?? ''
  const answering = others[namespace] ?? answers[namespace]
  if (!companion) return answerCandidate(question)
  const answer = answering ? await answering({ ...question, companion, account: companion.account }) : unknown
  if (answer === unknown) keepLast(world.state.unhandled, iq, mostOddities)
  return answer
}

function written({ attrs }: Stanza, answer: Answer): Stanza {
  const head = { from: attrs.to ?? SERVER, id: attrs.id }
  if (Array.isArray(answer)) return stanza('iq', { ...head, type: 'result' }, answer.length > 0 ? answer : undefined)
  const error = stanza('error', { code: String(answer.code), text: answer.text, ...answer.attrs })
  return stanza('iq', { ...head, type: 'error' }, [error])
}

/** A client that is not linked may ask for a code, finish a link by one, and ping. */
function answerCandidate({ world, connection, iq, part }: Question): Answer {
  const candidate = world.state.candidates.get(connection.id)
  if (iq.attrs.xmlns === 'w:p') return []
  const passkey = candidate && iq.attrs.xmlns === 'md' ? answerCeremony(world, candidate, part) : undefined
  if (passkey) return passkey
  if (!candidate || part?.tag !== 'link_code_companion_reg') return refuse(401, 'not-authorized')
  const { stage } = part.attrs
  if (stage === 'companion_hello') {
    const ref = askCode(world, candidate, part)
    if (typeof ref !== 'string') return ref
    const inside = [stanza('link_code_pairing_ref', {}, Buffer.from(ref))]
    return [stanza('link_code_companion_reg', { stage }, inside)]
  }
  return stage === 'companion_finish' && finish(world, candidate, part) ? [] : badRequest
}

/** `md`: a device logs itself out; the phone's other devices it may not touch. */
function answerDevices({ world, companion, iq }: DeviceQuestion): Answer {
  const part = child(iq, 'remove-companion-device')
  if (!part) return children(iq).length > 0 ? unknown : badRequest
  if (addressOf(part.attrs.jid ?? SERVER).device !== companion.id) return refuse(403, 'forbidden')
  setImmediate(() => unlink(world, companion))
  return []
}
