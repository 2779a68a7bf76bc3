// How commands fail: with a sentence, and a code that scripts can tell apart.

/**
 * By sysexits.h: 64 usage, 69 not reached, 75 try again later, 77 no permission, 78 wrong settings; 1 for what the server
 * refused; 130 for Ctrl+C, as shells have it.
 */
export const EXIT = {
  refused: 1,
  usage: 64,
  notReached: 69,
  later: 75,
  noPermission: 77,
  config: 78,
  interrupted: 130,
} as const

/** A failure of a command, and the code that it exits with. */
export class CommandFailure extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
