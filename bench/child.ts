// Runs a program of the bench in a process of its own, and calls it by name, so that nothing shares an event loop with what is measured.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a child answers, by name. Arguments and answers cross a process boundary: plain data only. */
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown>>>

interface Question {
  readonly no: number
  readonly name: string
  readonly argument: unknown
}

type Answer = { readonly no: number; readonly value: unknown } | { readonly no: number; readonly error: string }

export interface Child<C extends Calls> {
  /** Fails with what the call failed with, and when the child ends before it answers. */
  call<N extends keyof C & string>(name: N, ...argument: Parameters<C[N]>): ReturnType<C[N]>
  kill(): void
}

/** Starts `script` (an address such as `new URL('./load.ts', import.meta.url)`). It ends with this process. */
export function startChild<C extends Calls>(script: URL): Child<C> {
  const child: ChildProcess = fork(fileURLToPath(script), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>()
  let last = 0
  child.on('message', (answer: Answer) => {
    const waiting = open.get(answer.no)
    open.delete(answer.no)
    if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.value)
  })
  child.once('exit', (code, signal) => {
    for (const { reject } of open.values()) reject(new Error(`${script.pathname} ended (${signal ?? code})`))
    open.clear()
  })
  return {
    call<N extends keyof C & string>(name: N, ...[argument]: Parameters<C[N]>) {
      last += 1
      const no = last
      const answered = new Promise((resolve, reject) => open.set(no, { resolve, reject }))
      child.send({ no, name, argument } satisfies Question)
      // The child answers with what `C` says that it answers with.
      return answered as ReturnType<C[N]>
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** For the child: answers the calls of the process that started it, and ends with it. */
export function answerCalls(calls: Calls): void {
  process.on('SIGINT', () => {
    // Ctrl-C reaches every process of the terminal: the one that started us ends us when it is done.
  })
  process.on('disconnect', () => process.exit(0))
  process.on('message', async ({ no, name, argument }: Question) => {
    const run = calls[name]
    try {
      if (!run) throw new Error(`there is no call ${name}`)
      process.send?.({ no, value: await run(argument as never) })
    } catch (thrown) {
      process.send?.({ no, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })
    }
  })
}
