// `/{phone_number_id}/whatsapp_business_profile`: what customers see of a business, read and changed.
import type { Profile } from '../../managed.ts'
import type { PhoneNumber } from '../../state.ts'
import { type Node, selectFields } from '../fields.ts'
import { parameterError } from '../graph-error.ts'
import { needProduct } from './params.ts'

type Params = Record<string, unknown>

const verticals = [
  ...['OTHER', 'AUTO', 'BEAUTY', 'APPAREL', 'EDU', 'ENTERTAIN', 'EVENT_PLAN', 'FINANCE', 'GROCERY', 'GOVT', 'HOTEL'],
  ...['HEALTH', 'NONPROFIT', 'PROF_SERVICES', 'RETAIL', 'TRAVEL', 'RESTAURANT', 'ALCOHOL', 'ONLINE_GAMBLING'],
  ...['PHYSICAL_GAMBLING', 'OTC_DRUGS', 'MATRIMONY_SERVICE', 'UNDEFINED'],
]
const bounds = { about: 139, address: 256, description: 512, email: 128 } as const

/** `GET`: `{ data: [{ …, messaging_product }] }`, flat, with the fields that were asked for and are set. */
export function readProfile(number: PhoneNumber, fields: unknown): Record<string, unknown> {
  const { id, ...rest } = selectFields(nodeOf(number), fields)
  const isAsked = typeof fields === 'string' && fields.split(',').some((each) => each.trim() === 'id')
  return { data: [{ ...rest, messaging_product: 'whatsapp', ...(isAsked ? { id } : {}) }] }
}

/** `POST`: changes what is there and leaves the rest; an empty text or list clears a field, except about. */
export function changeProfile(number: PhoneNumber, params: Params): { success: true } {
  needProduct(params)
  const changes: Profile = {
    ...texts(params),
    ...websitesOf(params.websites),
    ...verticalOf(params.vertical),
    ...pictureOf(params.profile_picture_handle),
  }
  number.profile = { ...number.profile, ...changes }
  return { success: true }
}

function nodeOf({ id, profile }: PhoneNumber): Node {
  const { vertical, websites, ...plain } = profile
  const shown = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
  const fields: Node['fields'] = {
    id: () => id,
    messaging_product: () => 'whatsapp',
    about: () => shown(plain.about),
    address: () => shown(plain.address),
    description: () => shown(plain.description),
    email: () => shown(plain.email),
    profile_picture_url: () => plain.profile_picture_url,
    websites: () => (websites?.length ? websites : undefined),
    vertical: () => vertical || 'UNDEFINED',
  }
  return { type: 'WhatsAppBusinessProfile', fields, defaults: ['messaging_product'] }
}

function texts(params: Params): Profile {
  const found: Profile = {}
  for (const name of ['about', 'address', 'description', 'email'] as const) {
    const value = params[name]
    if (value === undefined) continue
    if (typeof value !== 'string') throw parameterError(`Param ${name} must be a string.`)
    if ([...value].length > bounds[name]) {
      throw parameterError(`Param ${name} must be at most ${bounds[name]} characters long.`)
    }
    found[name] = value
  }
  if (found.about?.trim() === '') throw parameterError('Param about must be 1 to 139 characters long.')
  if (found.email && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(found.email)) {
    throw parameterError('Param email must be a valid email address.')
  }
  return found
}

function websitesOf(value: unknown): Profile {
  if (value === undefined) return {}
  if (!Array.isArray(value)) throw parameterError('Param websites must be an array.')
  if (value.length > 2) throw parameterError('Param websites must have at most 2 entries.')
  const list = value.map((each: unknown, i) => {
    if (typeof each !== 'string' || each.length > 256) {
      throw parameterError(`Param websites[${i}] must be a string of at most 256 characters.`)
    }
    if (/^https?:\/\//i.test(each) && URL.canParse(each)) return each
    throw parameterError(`Param websites[${i}] must be a valid URI that starts with http:// or https://.`)
  })
  return { websites: list }
}

function verticalOf(value: unknown): Profile {
  if (value === undefined) return {}
  if (value === '' || (typeof value === 'string' && verticals.includes(value))) return { vertical: value }
  throw parameterError(`Param vertical must be one of {${verticals.join(', ')}} - got "${String(value)}".`)
}

/** A handle of an uploaded picture; what it stands for gets an address of its own. */
function pictureOf(value: unknown): Profile {
  if (value === undefined) return {}
  if (typeof value !== 'string' || value === '') throw parameterError('The profile picture handle is invalid.')
  const name = Buffer.from(value).toString('base64url').slice(0, 24)
  return { profile_picture_url: `https://pps.whatsapp.net/v/t61.24694-24/${name}.jpg` }
}
