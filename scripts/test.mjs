// Runs the tests, all of them or the files that are named: `npm test`, `npm test -- test/kit/clock.test.ts`.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const named = process.argv.slice(2)
// Node would leave one processor free, which on a small machine is half of it.
const atOnce = Math.max(2, availableParallelism())
const tests = spawn(
  process.execPath,
  [
    '--test',
    '--test-timeout=300000',
    `--test-concurrency=${atOnce}`,
    ...(named.length > 0 ? named : ['test/**/*.test.ts']),
  ],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: {
      ...process.env,
      // Each file is a process, and would compile the same few hundred sources anew.
      NODE_COMPILE_CACHE:
        process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)),
    },
  },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests.kill(signal))
tests.once('exit', (code) => process.exit(code ?? 1))
