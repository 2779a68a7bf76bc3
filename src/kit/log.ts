// The logger that every part is given, and the closed list of canonical lines that it may write at info.

/** Names of the lines written at info: one per thing that happened. Anything else is debug, or wants a human (warn, error). */
export const LINES = [
  'process.ready',
  'process.stopping',
  'process.stopped',
  'store.migrated',
  'account.state',
  'event.recorded',
  'callback.refused',
  'delivery.attempted',
  'delivery.dead',
  'hook.disabled',
  'hook.changed',
  'message.settled',
  'request.answered',
] as const
export type Line = (typeof LINES)[number]

/** Five methods and nothing else, so that any logger can stand behind it. Never message text, tokens or secrets. */
export interface Log {
  debug(text: string, fields?: Record<string, unknown>): void
  info(line: Line, fields?: Record<string, unknown>): void
  warn(text: string, fields?: Record<string, unknown>): void
  error(text: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Log
}

/** Says nothing; for tests and benches. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }
