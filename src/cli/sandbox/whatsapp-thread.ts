// The thread of the sandbox's simulated WhatsApp: starts it, and says where it is. It ends with its thread.
import { parentPort, workerData } from 'node:worker_threads'
import { quietSignal, startWhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { PHONES } from './cast.ts'
import type { WhatsAppPlace, WhatsAppThread } from './whatsapp.ts'

quietSignal()
const { trust } = workerData as WhatsAppThread
const whatsapp = await startWhatsAppSimulator()
await whatsapp.writeTrust(trust)
for (const [number, profile] of Object.entries(PHONES)) whatsapp.phone(number, profile)
const place: WhatsAppPlace = { url: whatsapp.url, control: `http://127.0.0.1:${whatsapp.port}/_control` }
parentPort?.postMessage(place)
