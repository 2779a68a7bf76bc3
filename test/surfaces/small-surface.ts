// A surface with a small contract of its own over a real socket, and a real folder for the files that come in.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import Type from 'typebox'
import { json, multipart, operation } from '../../src/contract/operation.ts'
import { type Clock, systemClock } from '../../src/kit/clock.ts'
import { silentLog } from '../../src/kit/log.ts'
import { type Folder, openFolder } from '../../src/kit/spool.ts'
import type { AuditEntry, Caller } from '../../src/model/caller.ts'
import { Failure } from '../../src/model/failure.ts'
import { keepPace } from '../../src/surfaces/pace.ts'
import { type Call, createSurface, type Handlers } from '../../src/surfaces/surface.ts'

const closed = { additionalProperties: false } as const
const said = { summary: 'For the tests', fails: [], output: json(Type.Unknown()) } as const
const FileText = Type.String({ 'x-file': true })

export const small = {
  sendImage: operation({
    ...said,
    ...{ route: 'POST /api/image', tag: 'Send', effect: 'sends', scope: 'send' },
    input: {
      body: json(
        Type.Object(
          {
            caption: Type.Optional(Type.String({ maxLength: 100 })),
            image_data: Type.Optional(FileText),
            thumb_data: Type.Optional(FileText),
            nested: Type.Optional(Type.Unknown()),
          },
          closed,
        ),
      ),
    },
  }),
  upload: operation({
    ...said,
    ...{ route: 'POST /api/upload', tag: 'Send', effect: 'sends', scope: 'send' },
    input: {
      body: multipart(
        Type.Object({ file: Type.String(), account_id: Type.String(), count: Type.Optional(Type.Integer()) }, closed),
      ),
    },
  }),
  addThing: operation({
    ...said,
    ...{ route: 'POST /api/things/{account_id}', tag: 'Things', effect: 'write', scope: 'admin' },
    input: {
      path: Type.Object({ account_id: Type.String({ maxLength: 20 }) }, closed),
      body: json(Type.Object({ thing_id: Type.String() }, { additionalProperties: true })),
    },
  }),
  listThings: operation({
    ...said,
    ...{ route: 'GET /api/things', tag: 'Things', effect: 'readonly', scope: 'read' },
    input: {},
  }),
  look: operation({
    ...said,
    ...{ route: 'GET /api/look', tag: 'Things', effect: 'readonly', scope: 'read', open: true },
    input: {},
  }),
}
export type Small = typeof small

/** What handlers are given: who may see it. */
export type SmallApp = { readonly of: string }
export type SmallCall = Call<SmallApp>

const scoped = (...scopes: Caller['scopes']): Caller => ({
  id: `key:${scopes}`,
  name: `The ${scopes} key`,
  scopes,
  accounts: null,
})
/** By the key that is sent as x-api-key. */
const CALLERS: Readonly<Record<string, Caller>> = {
  reader: scoped('read'),
  sender: scoped('send'),
  admin: scoped('admin'),
}

/** What a file was when its handler saw it. */
export interface SeenFile {
  readonly bytes: Buffer
  readonly size: number
  readonly sha256: string
  readonly filename: string | null
  readonly mimeType: string | null
}
export interface Seen {
  readonly input: Record<string, unknown>
  readonly files: Record<string, SeenFile>
}

interface Ending {
  after(run: () => Promise<void>): void
}

export interface SmallSurface {
  readonly url: string
  readonly folder: Folder
  readonly audit: Omit<AuditEntry, 'at'>[]
  /** Requests as their handlers saw them. */
  readonly seen: Seen[]
  /** The names of all that lies in the folder, half written or not. */
  left(): string[]
  /** How many bytes that are. */
  size(): number
  post(path: string, body: NonNullable<RequestInit['body']>, headers?: Record<string, string>): Promise<Response>
}

export interface SmallOptions {
  readonly clock?: Clock
  readonly uploadLimit?: number
  /** False: what comes is not read, only told to `act`. */
  readonly looksInside?: boolean
  /** Called with every request to `sendImage` and `upload` before it is answered. */
  readonly act?: (call: SmallCall) => Promise<void>
}

async function look({ files }: SmallCall, input: object): Promise<Seen> {
  const read = [...files].map(([field, { file, filename, mimeType }]): [string, SeenFile] => {
    const { size, sha256 } = file
    return [field, { bytes: readFileSync(file.path), size, sha256, filename, mimeType }]
  })
  return { input: { ...input }, files: Object.fromEntries(read) }
}

export async function startSmall(t: Ending, options: SmallOptions = {}): Promise<SmallSurface> {
  const { clock = systemClock, uploadLimit = 8 * 1024 * 1024, act = async () => {} } = options
  const { looksInside = true } = options
  const path = mkdtempSync(join(tmpdir(), 'whatshooked-surface-'))
  const folder = await openFolder(path, () => clock.now())
  const audit: SmallSurface['audit'] = []
  const seen: Seen[] = []
  const receiveFile = async (call: SmallCall, input: object) => {
    if (looksInside) seen.push(await look(call, input))
    await act(call)
    return 'taken'
  }
  const handlers: Handlers<SmallApp, Small> = {
    sendImage: receiveFile,
    upload: receiveFile,
    addThing(_call, input) {
      if (input.thing_id === 'taken') throw new Failure('exists', 'There is one already')
      return { id: 'made' }
    },
    listThings: ({ app }) => app,
    look: ({ app }) => app,
  }
  const fastify = Fastify({ logger: false, forceCloseConnections: true })
  fastify.addHook('onRequest', async (request) => {
    keepPace(request.raw, request.routeOptions.config.carriesFile === true, clock)
  })
  fastify.register(
    createSurface<SmallApp, Small>({
      ...{ app: { of: 'everybody' }, appFor: ({ id }) => ({ of: id }), contract: small, handlers, log: silentLog },
      ...{ receive: () => folder.create(), uploadLimit, audit: async (entry) => void audit.push(entry) },
      wire: {
        bodyLimit: 64 * 1024,
        async authenticate({ headers }) {
          const caller = CALLERS[String(headers['x-api-key'])]
          if (!caller) throw new Failure('unauthenticated', 'Who are you?')
          return caller
        },
        fail: ({ code, message }) => ({
          status:
            { invalid: 400, unauthenticated: 401, forbidden: 403, 'too-large': 413, exists: 400 }[String(code)] ?? 500,
          headers: { 'content-type': 'text/plain' },
          body: message,
        }),
      },
    }),
  )
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  t.after(async () => {
    await fastify.close()
    rmSync(path, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${(fastify.server.address() as AddressInfo).port}`
  return {
    ...{ url, folder, audit, seen },
    left: () => readdirSync(path),
    size: () => readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0),
    post: (to, body, headers = {}) =>
      fetch(url + to, {
        method: 'POST',
        headers: { 'x-api-key': 'admin', 'content-type': 'application/json', ...headers },
        body,
        ...(body instanceof ReadableStream && { duplex: 'half' as const }),
      }),
  }
}
