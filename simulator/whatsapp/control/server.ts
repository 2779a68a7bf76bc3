// The control API's routes about everything that is no phone: groups, channels, files, and the server's faults.

import { type LinkFault, limited, linkFaults } from '../faults.ts'
import type { ChangeInWords } from '../features/index.ts'
import type { DeviceName, WhatsAppSimulator } from '../simulator.ts'
import {
  type Body,
  bodyOf,
  ControlError,
  count,
  either,
  flag,
  maybe,
  nothing,
  object,
  oneOf,
  type Routes,
  text,
  texts,
  whole,
} from './body.ts'
import { contentOf } from './phones.ts'
import { shown, shownStanza } from './shown.ts'

const device = { phone: maybe(text), id: maybe(whole) }
const group = {
  ...{ subject: text, creator: text, members: texts, admins: maybe(texts), id: maybe(text), quietly: maybe(flag) },
  addressing: maybe(oneOf('lid', 'pn')),
}
const change = {
  is: oneOf(
    ...(['subject', 'description', 'add', 'remove', 'promote', 'demote', 'leave', 'announcement'] as const),
    ...(['not_announcement', 'locked', 'unlocked', 'ephemeral', 'member_add_mode'] as const),
    ...(['membership_approval_mode', 'invite'] as const),
  ),
  ...{ by: text, text: maybe(either(text, nothing)), who: maybe(texts), seconds: maybe(whole), on: maybe(flag) },
  mode: maybe(oneOf('admin_add', 'all_member_add')),
}

export const otherRoutes: Routes = {
  'GET /trust': (whatsapp) => whatsapp.trust,
  'GET /groups': (whatsapp) => whatsapp.groups.list(),
  'POST /groups': (whatsapp, body) => whatsapp.groups.create(bodyOf(body, group)),
  'GET /groups/{id}': (whatsapp, _, id) => whatsapp.groups.view(id),
  'POST /groups/{id}/changes': (whatsapp, body, id) => {
    const wanted = bodyOf(body, change)
    return { outcomes: whatsapp.groups.change(id, wanted.by, changeOf(wanted)), group: whatsapp.groups.view(id) }
  },
  'POST /groups/{id}/joins': (whatsapp, body, id) => whatsapp.groups.join(id, bodyOf(body, { who: text }).who),
  'POST /channels/{id}/says': (whatsapp, body, id) => {
    const wanted = bodyOf(body, { to: texts, text: maybe(text), message: maybe(object) })
    return { id: whatsapp.channels.says(id, wanted.to, contentOf(wanted)) }
  },
  'GET /channels': (whatsapp) => shown(whatsapp.channels.published()),
  'GET /media/requests': (whatsapp) => whatsapp.media.requests(),
  'POST /media/fails': (whatsapp, body) => {
    const how = either(whole, oneOf('cut', 'garble'))
    whatsapp.media.fails(bodyOf(body, { of: oneOf('download', 'upload'), how, times: count }))
  },
  'POST /media/expires': (whatsapp, body) => {
    const wanted = bodyOf(body, { directPath: text, status: maybe(oneOf(404, 410)) })
    whatsapp.media.expire(wanted.directPath, wanted.status)
  },
  'POST /media/reuploads': (whatsapp, body) =>
    whatsapp.reuploads(bodyOf(body, { how: oneOf('brings', 'not-found', 'silent') }).how),
  ...serverRoutes(),
}

function serverRoutes(): Routes {
  return {
    'POST /server/goes-silent': ({ server }, body) => server.goesSilent(deviceOf(bodyOf(body, device))),
    'POST /server/speaks-again': ({ server }, body) => server.speaksAgain(deviceOf(bodyOf(body, device))),
    'POST /server/drops': ({ server }, body) => server.drops(deviceOf(bodyOf(body, device))),
    'POST /server/stream-error': ({ server }, body) => {
      const { code, ...which } = bodyOf(body, { code: text, ...device })
      server.streamError(code, deviceOf(which))
    },
    'POST /server/refuses-login': ({ server }, body) =>
      refuse(server, bodyOf(body, { reason: either(text, nothing), seconds: maybe(whole) })),
    'POST /server/lets-in': ({ server }, body) =>
      server.letsIn(bodyOf(body, { revision: either(whole, nothing) }).revision),
    'POST /server/holds-acks': plain((server) => server.holdsAcks()),
    'POST /server/releases-acks': plain((server) => server.releasesAcks()),
    'POST /server/answers-ack': ({ server }, body) =>
      server.answersAck(bodyOf(body, { error: either(text, nothing) }).error),
    'POST /server/corrupts-next': ({ server }, body) =>
      server.corruptsNext(bodyOf(body, { count: maybe(count) }).count),
    'POST /server/throttles-lookups': ({ server }, body) =>
      server.throttlesLookups(bodyOf(body, { count: maybe(count) }).count),
    'POST /server/limits': ({ server }, body) => {
      const {
        of,
        count: times,
        withinMs,
      } = bodyOf(body, { of: oneOf(...limited), count: either(whole, nothing), withinMs: maybe(count) })
      server.limits(of, times === null ? null : { count: times, withinMs: withinMs ?? 60_000 })
    },
    'POST /server/wants-tokens': ({ server }, body) => server.wantsTokens(bodyOf(body, { on: flag }).on),
    'POST /server/clears': plain((server) => server.clears()),
    'POST /server/fails-links': ({ server }, body) => server.failsLinks(linkFaultOf(body)),
    'POST /server/expires-qrs': plain((server) => server.expiresQrs()),
    'GET /server': ({ server }) => ({
      ...{ connections: server.connections(), iqs: server.iqs(), broken: shown(server.broken()) },
      ...{ unhandled: server.unhandled().map(shownStanza), unread: server.unread() },
    }),
    'GET /receipts': ({ server }) =>
      server.receipts().map(({ stanza, ...receipt }) => ({ ...receipt, stanza: shownStanza(stanza) })),
  }
}

type Server = WhatsAppSimulator['server']

/** What takes no body. */
function plain(act: (server: Server) => void): Routes[string] {
  return ({ server }, body) => {
    bodyOf(body, {})
    act(server)
  }
}

/** Both, or neither: then all devices are meant. */
function deviceOf({ phone, id }: Body<typeof device>): DeviceName | undefined {
  if (phone === undefined && id === undefined) return undefined
  if (phone === undefined || id === undefined) throw new ControlError('a device is named by phone and id, both')
  return { phone, id }
}

function linkFaultOf(body: unknown): LinkFault | null {
  const { kind, code } = bodyOf(body, {
    kind: either(oneOf(...linkFaults), nothing),
    code: maybe(text),
  })
  if (kind === null) return null
  if (kind !== 'refuse') return { kind }
  if (code === undefined) throw new ControlError('code is missing')
  return { kind, code }
}

/** Each kind of change needs its own fields. */
function changeOf(wanted: Body<typeof change>): ChangeInWords {
  const { is, text: words, who, seconds, on, mode } = wanted
  const need = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw new ControlError(`${name} is missing`)
    return value
  }
  switch (is) {
    case 'subject':
      return { is, text: need('text', words) ?? '' }
    case 'description':
      return { is, text: need('text', words) }
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return { is, who: need('who', who) }
    case 'ephemeral':
      return { is, seconds: need('seconds', seconds) }
    case 'member_add_mode':
      return { is, mode: need('mode', mode) }
    case 'membership_approval_mode':
      return { is, on: need('on', on) }
    default:
      return { is }
  }
}

function refuse(
  server: WhatsAppSimulator['server'],
  { reason, seconds }: { reason: string | null; seconds?: number | undefined },
): void {
  server.refusesLogin(reason, seconds ?? null)
}
