// The control API's routes about phones and what people do with them.
import { proto } from 'baileys'
import { type MediaKind, mediaKinds } from '../media/index.ts'
import * as say from '../message-objects/index.ts'
import type { WhatsAppSimulator } from '../simulator.ts'
import {
  base64,
  bodyOf,
  ControlError,
  either,
  flag,
  maybe,
  nothing,
  object,
  objects,
  oneOf,
  type Routes,
  text,
  texts,
  whole,
} from './body.ts'
import { shown } from './shown.ts'

const profile = {
  ...{ name: maybe(text), lid: maybe(text), about: maybe(text), addressing: maybe(oneOf('lid', 'pn')) },
  ...{ autoDelivers: maybe(flag), answersRetries: maybe(flag) },
  ...{ asksByItself: maybe(flag), answersRequests: maybe(flag) },
}
const says = {
  ...{ to: text, text: maybe(text), message: maybe(object), id: maybe(text), quotes: maybe(text) },
  ...{ mentions: maybe(texts), forwarded: maybe(whole) },
}
const sends = {
  ...{ to: text, kind: oneOf('image', 'video', 'audio', 'voice', 'document', 'sticker'), data: base64 },
  ...{
    mimeType: maybe(text),
    caption: maybe(text),
    filename: maybe(text),
    animated: maybe(flag),
    viewOnce: maybe(flag),
  },
}
const about = { to: text, id: text, fromMe: maybe(flag), participant: maybe(text) }
const receipts = { from: text, ids: texts, group: maybe(text) }

/** `{id}` is the number of a phone that is there already, except in `POST /phones/{id}`, which makes it. */
export const phoneRoutes: Routes = {
  'GET /phones': (whatsapp) => whatsapp.phones().map(viewOf),
  'POST /phones/{id}': (whatsapp, body, id) => viewOf(whatsapp.phone(id, bodyOf(body, profile))),
  'GET /phones/{id}': (whatsapp, _, id) => viewOf(there(whatsapp, id)),
  'POST /phones/{id}/scans': (whatsapp, body, id) => there(whatsapp, id).scans(bodyOf(body, { qr: text }).qr),
  'POST /phones/{id}/enters': (whatsapp, body, id) => there(whatsapp, id).enters(bodyOf(body, { code: text }).code),
  'POST /phones/{id}/unlinks': (whatsapp, body, id) =>
    there(whatsapp, id).unlinks(bodyOf(body, { device: maybe(whole) }).device),
  'POST /phones/{id}/says': saysIt,
  'POST /phones/{id}/sends-media': sendsIt,
  'POST /phones/{id}/reacts': (whatsapp, body, id) => {
    const { emoji, ...which } = bodyOf(body, { ...about, emoji: either(text, nothing) })
    return tell(whatsapp, id, { to: which.to, content: say.reaction(keyOf(which), emoji ?? '') })
  },
  'POST /phones/{id}/edits': (whatsapp, body, id) => {
    const { text: now, ...which } = bodyOf(body, { to: text, id: text, text })
    const content = say.edit(keyOf({ ...which, fromMe: true }), say.text(now))
    return tell(whatsapp, id, { to: which.to, content, attrs: { edit: '1' } })
  },
  'POST /phones/{id}/revokes': (whatsapp, body, id) => {
    const which = bodyOf(body, { to: text, id: text })
    return tell(whatsapp, id, {
      to: which.to,
      content: say.revoke(keyOf({ ...which, fromMe: true })),
      attrs: { edit: '7' },
    })
  },
  'POST /phones/{id}/passkey': (whatsapp, body, id) => {
    const { options } = bodyOf(body, { options: object })
    return JSON.parse(there(whatsapp, id).showsPasskey(JSON.stringify(options)))
  },
  'POST /phones/{id}/remembers': (whatsapp, body, id) => {
    const { with: chat, messages } = bodyOf(body, { with: text, messages: objects })
    const past = messages.map((each) =>
      bodyOf(each, { text, at: whole, id: maybe(text), fromMe: maybe(flag), from: maybe(text) }),
    )
    whatsapp.history.remembers(there(whatsapp, id).number, [
      { with: chat, messages: past.map(({ text: content, ...line }) => ({ content, ...line })) },
    ])
  },
  'POST /phones/{id}/delivers': receipt('delivers'),
  'POST /phones/{id}/reads': receipt('reads'),
  'POST /phones/{id}/plays': receipt('plays'),
  'POST /phones/{id}/asks-again': (whatsapp, body, id) => there(whatsapp, id).asksAgain(bodyOf(body, { id: text }).id),
  'POST /phones/{id}/types': (whatsapp, body, id) => {
    const { on = true, ...where } = bodyOf(body, { to: maybe(text), group: maybe(text), on: maybe(flag) })
    return { told: whatsapp.presence.shows(there(whatsapp, id).number, on ? 'typing' : 'paused', where) }
  },
  'POST /phones/{id}/shows': (whatsapp, body, id) => {
    const doing = oneOf('online', 'offline', 'typing', 'recording', 'paused')
    const wanted = bodyOf(body, { doing, to: maybe(text), group: maybe(text), lastSeen: maybe(whole) })
    const { doing: what, ...where } = wanted
    return { told: whatsapp.presence.shows(there(whatsapp, id).number, what, where) }
  },
  'POST /phones/{id}/calls': (whatsapp, body, id) => {
    const { to, ...options } = bodyOf(body, { to: text, video: maybe(flag), group: maybe(text), id: maybe(text) })
    return whatsapp.calls.ring(there(whatsapp, id).number, to, options)
  },
  'POST /phones/{id}/picture': (whatsapp, body, id) => {
    const { data, group } = bodyOf(body, { data: either(base64, nothing), group: maybe(text) })
    const bytes = data === null ? null : Buffer.from(data, 'base64')
    return whatsapp.profiles.setPicture(there(whatsapp, id).number, bytes, group)
  },
  'POST /phones/{id}/posts-status': async (whatsapp, body, id) => {
    const wanted = bodyOf(body, { to: texts, text: maybe(text), message: maybe(object) })
    return { id: await whatsapp.status.post(there(whatsapp, id).number, wanted.to, contentOf(wanted)) }
  },
  'GET /phones/{id}/inbox': (whatsapp, _, id) => shown(there(whatsapp, id).inbox()),
  'GET /inbox': (whatsapp) => shown(whatsapp.phones().flatMap((phone) => phone.inbox())),
  'GET /calls': (whatsapp) => whatsapp.calls.list(),
  'POST /calls/{id}/ends': (whatsapp, body, id) =>
    whatsapp.calls.end(id, bodyOf(body, { how: maybe(oneOf('ended', 'missed')) }).how),
}

type Phone = ReturnType<WhatsAppSimulator['phone']>

const viewOf = (phone: Phone) => {
  const { number, pn, lid, name } = phone
  return { number, pn, lid, name, devices: phone.companions() }
}

/** A phone is made on purpose only: a number that was mistyped would be a stranger otherwise. */
function there(whatsapp: WhatsAppSimulator, id: string): Phone {
  const phone = whatsapp.phones().find(({ number }) => number === id.replace(/^\+/, ''))
  if (!phone) throw new ControlError(`nobody has the number ${id}; POST /_control/phones/${id} makes a phone`)
  return phone
}

async function saysIt(whatsapp: WhatsAppSimulator, body: unknown, id: string) {
  const { to, id: messageId, quotes, mentions, forwarded, ...what } = bodyOf(body, says)
  const phone = there(whatsapp, id)
  const quoted = quotes === undefined ? undefined : phone.inbox().find((received) => received.id === quotes)
  if (quotes !== undefined && !quoted) throw new ControlError(`the phone has no message ${quotes} to quote`)
  const content = say.withContext(contentOf(what), {
    ...(quoted ? { quotes: { id: quoted.id, from: there(whatsapp, quoted.from).lid, message: quoted.content } } : {}),
    ...(mentions === undefined ? {} : { mentions }),
    ...(forwarded === undefined ? {} : { forwarded }),
  })
  return { id: await phone.says(to, content, messageId === undefined ? {} : { id: messageId }) }
}

async function sendsIt(whatsapp: WhatsAppSimulator, body: unknown, id: string) {
  const { to, kind, data, viewOnce, ...facts } = bodyOf(body, sends)
  const sealedAs: MediaKind = mediaKinds.find((each) => each === kind) ?? 'audio'
  const content = makers[kind](whatsapp.media.publish(Buffer.from(data, 'base64'), sealedAs), facts)
  return tell(whatsapp, id, { to, content: viewOnce ? say.viewOnce(content) : content })
}

const makers = {
  ...{ image: say.image, video: say.video, audio: say.audio, voice: say.voice },
  ...{ document: say.document, sticker: say.sticker },
}

function receipt(how: 'delivers' | 'reads' | 'plays') {
  return (whatsapp: WhatsAppSimulator, body: unknown, id: string) => {
    const { from, ids, group } = bodyOf(body, receipts)
    there(whatsapp, id)[how](from, ids, group === undefined ? {} : { group })
  }
}

type Telling = { to: string; content: say.MessageObject; attrs?: Record<string, string> }

async function tell(whatsapp: WhatsAppSimulator, id: string, { to, content, attrs }: Telling) {
  return { id: await there(whatsapp, id).says(to, content, attrs ? { attrs } : {}) }
}

/** A text, or a message as WhatsApp's protocol has it, with bytes in base64. */
export function contentOf(what: { text?: string; message?: Record<string, unknown> }): say.MessageObject {
  if ((what.text === undefined) === (what.message === undefined)) throw new ControlError('say either text or message')
  if (what.text !== undefined) return say.text(what.text)
  try {
    const content = proto.Message.fromObject(what.message ?? {})
    const unknown = Object.keys(what.message ?? {}).filter((name) => !Object.hasOwn(content, name))
    if (unknown.length === 0) return content
    throw new ControlError(`WhatsApp knows no ${unknown.join(', ')} in a message`)
  } catch (thrown) {
    if (thrown instanceof ControlError) throw thrown
    throw new ControlError(`the message is none of WhatsApp's: ${(thrown as Error).message}`)
  }
}

function keyOf(which: { to: string; id: string; fromMe?: boolean; participant?: string }): say.MessageKey {
  const { to, id, fromMe = false, participant } = which
  const remoteJid = to.includes('@') ? to : `${to.replace(/^\+/, '')}@s.whatsapp.net`
  return { remoteJid, id, fromMe, ...(participant === undefined ? {} : { participant }) }
}
