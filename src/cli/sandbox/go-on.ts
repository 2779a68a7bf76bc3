// What the sandbox says when its show is over: lines to paste, and where everything is.
import { ADA, LINKED, OWN, OWN_PHONE, PHONE, SHOP, ZOE } from './cast.ts'
import type { Stage } from './stage.ts'
import type { SimulatedWhatsApp } from './whatsapp.ts'

/** In a checkout the project brings its Node, which npm finds. */
const PROGRAM = import.meta.url.endsWith('.ts') ? 'npm run -s whatshooked --' : 'npx whatshooked'
/** What lets the phone scan: the API's answer holds more than the text of the code. */
const JUST_QR = `sed 's/.*\\("qr":"[^"]*"\\).*/{\\1}/'`

/** Every line to paste begins with two spaces. */
export function howToGoOn({ server, meta, receiver, key, number }: Stage, whatsapp: SimulatedWhatsApp): string {
  const qr = `${server.url}/api/accounts/${OWN}/qr`
  return `It stays up, and shows here what arrives at the hook. To go on, paste this first into another terminal in this folder:

  export WHATSHOOKED_URL=${server.url} WHATSHOOKED_API_KEY=${key}

Let people write: the customer of the Cloud number, the friend of the linked one.

  curl -s ${meta.url}/_control/customers/${ADA}/says -d '{"text":"one more","to":"${number.phoneNumberId}"}'
  curl -s ${whatsapp.control}/phones/${ZOE}/says -d '{"text":"one more","to":"${PHONE}"}'

Write to them, by curl or from the command line.

  curl -s $WHATSHOOKED_URL/api/send -H "x-api-key: $WHATSHOOKED_API_KEY" -H 'content-type: application/json' \\
    -d '{"account_id":"${LINKED}","to":"+${ZOE}","text":"How are you?"}'
  ${PROGRAM} send-message --account ${SHOP} --to +${ADA} --text "How are you?"
  ${PROGRAM} list-deliveries --limit 5

Link one more phone. The second line shows QR codes until the third, in one more terminal, lets a simulated phone scan.

  ${PROGRAM} add-account ${OWN} --type whatsmeow
  ${PROGRAM} pair ${OWN}
  curl -s ${qr} -H 'x-api-key: ${key}' | ${JUST_QR} \\
    | curl -s ${whatsapp.control}/phones/${OWN_PHONE}/scans -d @-

API key             ${key}
API reference       ${server.url}/docs (Authorize with the key)
QR code as a page   ${qr} (the key is the password)
simulated Meta      ${meta.url} (control API: ${meta.url}/_control)
simulated WhatsApp  ${whatsapp.url} (control API: ${whatsapp.control})
receiver            ${receiver.url}

Ctrl+C ends it and throws its data away.
`
}
