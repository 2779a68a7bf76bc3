// Makes a bare clone ready: installs the locked dependencies when they are absent or older than the lockfile,
// and sees to it that the Node which the project brings is there. Runs on whatever Node the machine has (>= 18).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const lock = join(root, 'package-lock.json')
const installed = join(root, 'node_modules', '.package-lock.json')
const brought = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.error('setup: installing the locked dependencies (npm ci) ...')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root)
}
if (major(brought) < 24) {
  // npm was told to skip install scripts: fetch the project's Node by the package's own step.
  const folder = join(root, 'node_modules', 'node')
  if (existsSync(folder)) run(process.execPath, ['installArchSpecificPackage'], folder)
}
if (major(brought) < 24 && Number(process.versions.node.split('.')[0]) < 24) {
  fail(`WhatsHooked needs Node 24; this machine has ${process.version} and the project's own could not be installed.`)
}

// One start and stop fills the cache of compiled sources: later starts take half the time and 20 MB less.
if (!existsSync(join(root, 'node_modules', '.cache', 'compiled'))) await warm()

/** Never a reason to fail: without it the program does the same, a little slower. */
async function warm() {
  const data = mkdtempSync(join(tmpdir(), 'whatshooked-setup-'))
  const node = major(brought) < 24 ? process.execPath : brought
  const words = ['bin/whatshooked.mjs', 'serve', '--port', '0', '--data', data]
  const server = spawn(node, words, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  server.stdout.on('data', (said) => String(said).includes('listens on') && server.kill('SIGTERM'))
  await new Promise((resolve) => server.once('close', resolve).once('error', resolve))
  rmSync(data, { recursive: true, force: true })
}

function run(command, args, cwd) {
  const done = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (done.status !== 0) fail(`setup: \`${command} ${args.join(' ')}\` failed; its messages are above.`)
}

function major(node) {
  const said = existsSync(node) ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout : ''
  return Number(/^v(\d+)/.exec(said ?? '')?.[1] ?? 0)
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
