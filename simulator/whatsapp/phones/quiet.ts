// Keeps the Signal library from writing sessions, private keys and all, to the terminal of whoever runs the simulator alone.

const prefixes = [
  'Closing',
  'Opening session',
  'Session',
  'Removing old',
  'Failed to decrypt',
  'Decrypted message',
  'V1 session',
]

/** For a process of one's own: from here on what the library says to the console is dropped, all else goes through. */
export function quietSignal(): void {
  for (const name of ['info', 'warn', 'error', 'log'] as const) {
    const say = console[name].bind(console)
    console[name] = (first: unknown, ...more: unknown[]) => {
      const isSignal = typeof first === 'string' && prefixes.some((prefix) => first.startsWith(prefix))
      if (!isSignal) say(first, ...more)
    }
  }
}
