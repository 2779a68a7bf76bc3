// A number at the simulated Meta, and our line for it.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import {
  type LoggedRequest,
  type MetaSimulator,
  type NumberOptions,
  type NumberSetup,
  startMetaSimulator,
} from '../../../simulator/meta/index.ts'
import type { Account, CloudSettings } from '../../../src/model/account.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { BusinessLine, Line, LocalFile } from '../../../src/transports/transport.ts'
import { checkGraphCalls } from '../../e2e/graph-calls.ts'
import { account, type Stand, stand } from './stand.ts'

export interface NumberStand {
  readonly meta: MetaSimulator
  readonly at: Stand
  readonly number: NumberSetup
  readonly line: Line
  readonly business: BusinessLine
  /** A line for the same number, not started. */
  open(cloud?: Partial<CloudSettings>, more?: Partial<Account>): Line
  /** What was asked of Graph since the line was opened, by method and path without version. */
  calls(match?: string): LoggedRequest[]
  /** Closes everything; then, whatever the test was about, Meta's document must allow every call that was made. */
  close(): Promise<void>
}

export async function numberStand(options: NumberOptions & { timeoutMs?: number } = {}): Promise<NumberStand> {
  const { timeoutMs = 2000, ...wanted } = options
  const meta = await startMetaSimulator()
  meta.limits({ window: false })
  const at = stand({ graphUrl: meta.url, timeoutMs })
  const number = meta.addNumber(wanted)
  const { phoneNumberId, token: accessToken, appSecret, wabaId } = number
  const open = (cloud: Partial<CloudSettings> = {}, more: Partial<Account> = {}): Line =>
    at.kind.open({ ...account('shop', { phoneNumberId, accessToken, appSecret, wabaId, ...cloud }), ...more })
  const line = open()
  const { business } = line
  assert.ok(business)
  const nameOf = ({ method, path }: LoggedRequest): string => `${method} ${path.replace(/^\/v\d+\.\d+/, '')}`
  return {
    ...{ meta, at, number, line, business, open },
    calls: (match = '') => meta.requests().filter((request) => nameOf(request).includes(match)),
    async close() {
      await at.close()
      await meta.close()
      if (meta.requests().length > 0) checkGraphCalls(meta)
    },
  }
}

/** A file of ours, from its bytes. */
export function fileOf(bytes: Buffer | string, mimeType: string, filename = 'file'): LocalFile {
  const whole = Buffer.from(bytes as Buffer)
  return { size: whole.length, mimeType, filename, read: () => Readable.from([whole], { objectMode: false }) }
}

/** The failure that a call ends with; it must not tell the token. */
export async function failureOf(doing: Promise<unknown>, token: string): Promise<Failure> {
  try {
    await doing
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.ok(!JSON.stringify([error.message, error.facts]).includes(token))
    return error
  }
  throw new Error('it went through')
}
