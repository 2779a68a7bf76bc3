// Whether Meta calls back at all: the app has to be subscribed to the number's WABA.
import type { Finding } from '../../../model/finding.ts'
import type { Asking } from '../asking.ts'
import { readPages } from '../pages.ts'
import { asText, isObject, type Wire } from '../wire.ts'
import { troubleFinding } from './trouble.ts'

const check = 'subscription'
const MAX_PAGES = 5

export interface Wanted {
  readonly wabaId: string | null
  /** The app that the token was made for; null while Meta does not tell. */
  readonly appId: string | null
  readonly mend: boolean
}

/** Looks at `GET /<WABA>/subscribed_apps`; `mend` subscribes the token's app where it is not (Meta, "Webhooks"). */
export async function subscriptionFinding(asking: Asking, { wabaId, appId, mend }: Wanted): Promise<Finding> {
  if (wabaId === null)
    return { check, result: 'skipped', says: 'Not looked at, because the WABA is not known.', fix: null }
  const path = `${encodeURIComponent(wabaId)}/subscribed_apps`
  const list = await readPages((query) => asking.get(path, query), {}, MAX_PAGES)
  if (!list.ok) return troubleFinding(check, list.trouble)
  const apps = list.items.filter(isObject)
  const own = appId === null ? undefined : apps.find((app) => idOf(app) === appId)
  if (own)
    return { check, result: 'ok', says: `The app ${nameOf(own)} is subscribed to the WABA.${goesTo(own)}`, fix: null }
  return mend ? subscribe(asking, path) : missing(apps, appId, path)
}

async function subscribe(asking: Asking, path: string): Promise<Finding> {
  const reply = await asking.post(path)
  if (!reply.ok) return troubleFinding(check, reply.trouble)
  const isDone = reply.body.success !== false
  return isDone
    ? {
        check,
        result: 'ok',
        says: `The app was not known to be subscribed to the WABA, and is now: POST /${path}.`,
        fix: null,
      }
    : {
        check,
        result: 'problem',
        says: `The app could not be subscribed: POST /${path} answered success: false.`,
        fix: null,
      }
}

function missing(apps: readonly Wire[], appId: string | null, path: string): Finding {
  const others = apps.map(nameOf).join(', ')
  const fix = `Subscribe the app: POST /${path} with the account's access token.`
  if (apps.length === 0)
    return { check, result: 'problem', says: 'No app is subscribed to the WABA: Meta calls nobody back.', fix }
  if (appId === null)
    return {
      check,
      result: 'warning',
      says: `Subscribed to the WABA: ${others}. Whether the app of this token is among them is not known.`,
      fix,
    }
  return { check, result: 'problem', says: `Only other apps are subscribed to the WABA: ${others}.`, fix }
}

function idOf(app: Wire): string | null {
  return asText(dataOf(app).id)
}

function nameOf(app: Wire): string {
  const { name, id } = dataOf(app)
  return asText(name) ?? asText(id) ?? 'one without a name'
}

function goesTo(app: Wire): string {
  const override = asText(app.override_callback_uri)
  return override === null ? '' : ` Its callbacks go to ${override} (override_callback_uri).`
}

function dataOf(app: Wire): Wire {
  return isObject(app.whatsapp_business_api_data) ? app.whatsapp_business_api_data : {}
}
