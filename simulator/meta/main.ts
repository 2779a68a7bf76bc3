// Runs the simulated Meta by hand: `node simulator/meta/main.ts [port]`, then drive it through `/_control`.
import { startMetaSimulator } from './index.ts'

const port = Number(process.argv[2] ?? 8826)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error('usage: node simulator/meta/main.ts [port]')
  process.exit(2)
}
const simulator = await startMetaSimulator({ port })
console.log(`Graph API:   ${simulator.url}`)
console.log(`Control API: ${simulator.url}/_control (routes in simulator/meta/README.md)`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
