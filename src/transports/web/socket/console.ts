// Keeps the client library off the console: it prints sessions there as they are, with their private keys.
import { inspect } from 'node:util'

const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const
/** Frames of the stack that say who is printing. */
const ITS_FILES = /[\\/]node_modules[\\/](libsignal|baileys|whatsapp-rust-bridge)[\\/]/
/** What a Signal session looks like when it is shown. */
const KEY_NAMES = /privKey|rootKey|currentRatchet|chainKey|SessionEntry/

let isMuted = false

/**
 * Drops what the library says on the console, and what anybody says there that shows a Signal session. Everything else
 * goes on as before. Once for the whole process; a second call changes nothing.
 */
export function muteLibrary(): void {
  if (isMuted) return
  isMuted = true
  for (const method of METHODS) {
    const print = console[method].bind(console)
    console[method] = (...said: unknown[]) => {
      if (!isOfLibrary() && !said.some(showsKeys)) print(...said)
    }
  }
}

function isOfLibrary(): boolean {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 4
  const { stack } = new Error()
  Error.stackTraceLimit = before
  return ITS_FILES.test(stack ?? '')
}

function showsKeys(said: unknown): boolean {
  return KEY_NAMES.test(typeof said === 'string' ? said : inspect(said, { depth: 3, showHidden: false }))
}
