// The pages of docs/ that are made from the code, so that they cannot say what is no longer so.
import { envName, flagName, SETTINGS, type SettingName } from '../src/config.ts'
import { EVENT_TYPES } from '../src/model/event-types.ts'
import { FAILURE_MEANING, FAILURES, Failure } from '../src/model/failure.ts'
import { failNative } from '../src/surfaces/native/wire.ts'
import { cliPage } from './cli-page.ts'

/** By file name. */
export function generatedPages(): Record<string, string> {
  return { 'cli.md': cliPage(), 'config.md': configPage(), 'errors.md': errorsPage(), 'events.md': eventsPage() }
}

function configPage(): string {
  const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { fallback, says } = SETTINGS[name]
    const shown =
      fallback === null || (Array.isArray(fallback) && fallback.length === 0) ? '' : `\`${String(fallback)}\``
    return `| \`${name}\` | \`${envName(name)}\` | \`${flagName(name)}\` | ${shown} | ${says} |`
  })
  return `# Settings

Flags go before the environment, the environment before \`config.json\`, that before the defaults. In \`config.json\` a dot in a
name is a level: \`{"event_cache": {"max_age": 3600}}\`. \`whatshooked config explain\` prints each setting with its value and
where it came from, secrets masked. A wrong value stops the start with one sentence and exit code 78.

| name | environment | flag | default | what it is |
|---|---|---|---|---|
${rows.join('\n')}
`
}

function errorsPage(): string {
  const rows = FAILURES.map(
    (code) =>
      `| \`${code}\` | ${failNative(new Failure(code, ''), undefined, FAILURES).status} | ${FAILURE_MEANING[code]} |`,
  )
  return `# Errors

A refused request is answered with one sentence as \`text/plain\` that says what to fix. With \`Accept: application/problem+json\`
(or \`application/json\`) the same comes as problem+json (RFC 9457) with the stable \`code\` below, and facts beside it where there
are any: \`message_id\`, or \`meta_code\`, \`meta_title\`, \`details\` and \`fbtrace_id\` of Meta's. Where Retry-After comes with it, the same
request may be sent again after that many seconds.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}

An unknown account is a 400 where the published document lists no 404 for the operation, else a 404.
`
}

function eventsPage(): string {
  const entries = EVENT_TYPES.map(
    ({ type, about, sample }) => `## ${type}\n\n${about}\n\n\`\`\`json\n${JSON.stringify(sample, null, 2)}\n\`\`\`\n`,
  )
  return `# Events

Every event reaches a hook as one request:

\`\`\`json
{ "id": "evt_…", "type": "message.received", "timestamp": "2026-01-31T12:00:00.000Z", "account_id": "shop", "data": { } }
\`\`\`

The body of one event is the same bytes at every attempt. It is signed as Standard Webhooks has it (\`webhook-id\`,
\`webhook-timestamp\`, \`webhook-signature\`); \`webhook-id\` is the event's id, so a receiver that remembers ids sees each event once.
\`X-WhatsHooked-Event\`, \`X-WhatsHooked-Account\` and \`X-WhatsHooked-Attempt\` come beside it. Hooks with \`raw: true\` get Meta's own
object as \`data.raw\`.

A hook's \`events\` take these names, \`*\` and patterns such as \`message.*\`. Below, each type with when it is emitted, what comes
next, and a sample of its \`data\`.

${entries.join('\n')}`
}
