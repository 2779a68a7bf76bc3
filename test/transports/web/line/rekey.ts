// Run by silence.test.ts: a device that has its Signal sessions closed and made anew, which the library would print.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Log } from '../../../../src/kit/log.ts'
import { createStand } from './stand.ts'

const [, , mode, keysPath = ''] = process.argv
const require = createRequire(import.meta.url)

/** What libsignal does whenever a session ends. */
function closeOne(): void {
  const SessionRecord = require('libsignal/src/session_record.js')
  const entry = SessionRecord.createEntry()
  Object.assign(entry, {
    indexInfo: { closed: -1 },
    currentRatchet: { ephemeralKeyPair: { privKey: 'a private key' }, rootKey: 'a root key' },
  })
  new SessionRecord().closeSession(entry)
}

const log: Log = {
  debug: (text, fields) => process.stdout.write(`${JSON.stringify({ text, ...fields })}\n`),
  info: (text, fields) => process.stdout.write(`${JSON.stringify({ text, ...fields })}\n`),
  warn: (text, fields) => process.stdout.write(`${JSON.stringify({ text, ...fields })}\n`),
  error: (text, fields) => process.stdout.write(`${JSON.stringify({ text, ...fields })}\n`),
  child: () => log,
}

async function talk(): Promise<void> {
  const at = await createStand({ log })
  const line = await at.linked()
  await at.ann.says(at.own.number, 'hello')
  await at.until('the message', () => at.drafts.find(({ data }) => data.includes('hello')))
  const content = { kind: 'text', text: 'well met', previewUrl: false } as const
  const chat = line.address(at.ann.number)
  const { transportId } = await line.send({ id: 'msg_01K0000000000000000000000A', chat, replyTo: null, content })
  for (const count of [1, 2]) {
    await at.ann.asksAgain(transportId, { count })
    await at.ann.hears(({ id, repeated }) => id === transportId && repeated)
  }
  at.sim.server.corruptsNext()
  await at.ann.says(at.own.number, 'once more')
  await at.until('the message again', () => at.drafts.find(({ data }) => data.includes('once more')))
  const sessions = [...at.session.rows].filter(([key]) => /^(session|sender-key|pre-key)\//.test(key))
  writeFileSync(keysPath, JSON.stringify({ credentials: at.session.credentialsNow, sessions }))
  closeOne()
  console.log('the console still works')
  await at.close()
}

if (mode === 'as it comes') closeOne()
else await talk()
