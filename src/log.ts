// The program's log: JSON lines for machines, readable lines for a person at a terminal.
import { type Logger, pino } from 'pino'
import type { Log } from './kit/log.ts'

/** Errors go out with their stack; nothing else of what is logged is more than names, numbers and sentences. */
export async function createLog(level: string): Promise<Log> {
  const options = { level, base: null, serializers: { cause: pino.stdSerializers.err } }
  if (!process.stdout.isTTY) return adapted(pino(options))
  const { PinoPretty } = await import('pino-pretty')
  return adapted(pino(options, PinoPretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })))
}

function adapted(logger: Logger): Log {
  return {
    debug: (text, fields = {}) => logger.debug(fields, text),
    info: (line, fields = {}) => logger.info(fields, line),
    warn: (text, fields = {}) => logger.warn(fields, text),
    error: (text, fields = {}) => logger.error(fields, text),
    child: (fields) => adapted(logger.child(fields)),
  }
}
