// Runs the simulated WhatsApp by hand: `node simulator/whatsapp/main.ts [port] [trust file]`, then drive it through `/_control`.
import { quietSignal, startWhatsAppSimulator } from './index.ts'

const port = Number(process.argv[2] ?? 8827)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error('usage: node simulator/whatsapp/main.ts [port] [trust file]')
  process.exit(2)
}
const trust = process.argv[3] ?? 'whatsapp-trust.json'
quietSignal()
const simulator = await startWhatsAppSimulator({ port })
await simulator.writeTrust(trust)
console.log(`WhatsApp Web: ${simulator.url} (trust: ${trust})`)
console.log(`Control API:  http://127.0.0.1:${simulator.port}/_control (routes in simulator/whatsapp/README.md)`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
