// The server: takes sockets under /ws/chat, and gives each stanza to the part that knows about it.
import http from 'node:http'
import { WebSocketServer } from 'ws'
import { keepLast, mostOddities } from './bounds.ts'
import { type Answers, answerIq } from './iq/router.ts'
import { introduce, leave } from './linking/login.ts'
import { takeMessage } from './traffic/messages.ts'
import { takeAck, takeReceipt, watchArrivals } from './traffic/receipts.ts'
import { type Connection, type Listener, openConnection } from './wire/connection.ts'
import { children, type Stanza } from './wire/stanza.ts'
import type { Caller, World } from './world.ts'

/** Of the client that browsers are given. */
const REVISION = 1043857760

/** What else the server knows to handle: IQs by namespace, stanzas by tag. Both go before what it knows by itself. */
export type Extensions = {
  readonly answers: Answers
  readonly handlers: Readonly<Record<string, Handling>>
  /** Requests under `/_control`; all others but the page want a WebSocket, and are told so. */
  readonly control?: http.RequestListener
}

/** Three bytes say how long a frame is, so no client of WhatsApp sends more at once. */
const longestFrame = 2 ** 24 + 3

/** A server that is not listening yet. */
export function createServer(world: World, extensions: Extensions): http.Server {
  const server = http.createServer((request, response) => {
    if (extensions.control && /^\/_control(?:[/?]|$)/.test(request.url ?? '')) extensions.control(request, response)
    else if (request.url === '/sw.js') response.end(page(world))
    else response.writeHead(426, { connection: 'close' }).end()
  })
  const sockets = new WebSocketServer({ server, path: '/ws/chat', maxPayload: longestFrame })
  // The listener's own errors, such as a port that is taken, are told by it; here they would end the process.
  sockets.on('error', () => {})
  const listener = listenerOf(world, extensions)
  watchArrivals(world)
  sockets.on('connection', (socket) => {
    const connection = openConnection(socket, world.authority, listener)
    connection.silent = world.faults.silent
    world.connections.set(connection, null)
    world.news.tell('opened', connection)
  })
  return server
}

/** What WhatsApp Web's page loads first, as far as clients look at it. */
function page({ faults }: World): string {
  return `self.__swData=JSON.parse("{\\"client_revision\\":${faults.revision ?? REVISION}}");`
}

function listenerOf(world: World, extensions: Extensions): Listener {
  const { news, state } = world
  const whose = (connection: Connection) => world.connections.get(connection) ?? null
  return {
    introduced: (connection, payload, clientKey) => introduce(world, connection, { payload, clientKey }),
    heard(connection, what) {
      news.tell('heard', what, whose(connection))
      return handle(world, connection, { what, extensions })
    },
    said: (connection, what) => news.tell('said', what, whose(connection)),
    broke(_connection, error) {
      keepLast(state.broken, error, mostOddities)
      news.tell('broke', error)
    },
    closed(connection) {
      leave(world, connection)
    },
  }
}

/** Handles one kind of stanza of a linked device. */
export type Handling = (world: World, caller: Caller, what: Stanza) => void | Promise<void>

/** By tag; what has no entry (`ib`, `presence`, …) is taken and needs no answer. `heard` tells it to who is interested. */
const handlers: Readonly<Record<string, Handling>> = {
  message: takeMessage,
  receipt: takeReceipt,
  ack: (world, { companion }, what) => takeAck(world, companion, what),
}

type Heard = { what: Stanza; extensions: Extensions }

function handle(world: World, connection: Connection, { what, extensions }: Heard): void | Promise<void> {
  const { answers, handlers: others } = extensions
  // An answer to what nobody asked, or a second one, is nothing to answer.
  if (what.tag === 'iq' && what.attrs.type !== 'get' && what.attrs.type !== 'set') return
  if (what.tag === 'iq') return answerIq({ world, connection, iq: what, part: children(what)[0] }, answers)
  const companion = world.connections.get(connection)
  const handling = others[what.tag] ?? handlers[what.tag]
  if (companion) return handling?.(world, { connection, companion, account: companion.account }, what)
}
