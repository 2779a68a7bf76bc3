// Hears the library out for our log: its sentences only. What it puts beside them carries XML, keys and messages.
import type { Log } from '../../../kit/log.ts'

/** What the library wants of a logger. `level` keeps it from writing out what it would only show at `trace`. */
interface LibraryLogger {
  level: string
  child(fields: Record<string, unknown>): LibraryLogger
  trace(what: unknown, text?: string): void
  debug(what: unknown, text?: string): void
  info(what: unknown, text?: string): void
  warn(what: unknown, text?: string): void
  error(what: unknown, text?: string): void
}

const MOST_LETTERS = 200

/** Everything goes to debug: what wants a human is told by the line's state. */
export function libraryLogger(log: Log): LibraryLogger {
  const tell = (level: string) => (what: unknown, text?: string) => {
    const said = typeof what === 'string' ? what : (text ?? '')
    const error = errorIn(what)
    log.debug('whatsapp library', { level, said: said.slice(0, MOST_LETTERS), ...(error === null ? null : { error }) })
  }
  const logger: LibraryLogger = {
    level: 'info',
    child: () => logger,
    trace() {},
    debug() {},
    info: tell('info'),
    warn: tell('warn'),
    error: tell('error'),
  }
  return logger
}

function errorIn(what: unknown): string | null {
  if (typeof what !== 'object' || what === null) return null
  const found = [what, ...Object.values(what)].find((value) => value instanceof Error)
  return found instanceof Error ? found.message.slice(0, MOST_LETTERS) : null
}
