// What Meta refuses in interactive messages: their frame here, their actions beside.
import { parameterError } from '../graph-error.ts'
import type { MediaKind } from '../media/media-types.ts'
import {
  checkAddress,
  checkButtons,
  checkCallPermission,
  checkCtaUrl,
  checkFlow,
  checkList,
  checkLocationRequest,
  checkOrder,
  checkVoiceCall,
} from './actions.ts'
import { checkCardFiles, checkCarousel } from './carousel.ts'
import { checkHeaderMedia } from './media.ts'
import {
  contentOf,
  objectIn,
  oneOf,
  onlyKeys,
  optionalObject,
  type Place,
  pathOf,
  textIn,
  wrongValue,
} from './params.ts'
import { checkCatalog, checkProduct, checkProductList } from './products.ts'
import type { Doom, Sender } from './sender.ts'

type HeaderType = 'text' | 'image' | 'video' | 'document'

/** A type of interactive message: what its header may be, how long its body, and whether it must have them. */
type Form = {
  headers: readonly HeaderType[]
  needsHeader?: boolean
  needsBody?: boolean
  body?: number
  footer?: boolean
  action(action: Place, sender: Sender): void
  /** Looks at the files that the action shows. */
  files?(action: Place, sender: Sender): Doom | undefined
}

const any: readonly HeaderType[] = ['text', 'image', 'video', 'document']

const forms: Record<string, Form> = {
  button: { headers: any, action: checkButtons },
  list: { headers: ['text'], body: 4096, action: checkList },
  flow: { headers: any, action: checkFlow },
  cta_url: { headers: any, action: checkCtaUrl },
  catalog_message: { headers: [], action: checkCatalog },
  product: { headers: [], needsBody: false, action: checkProduct },
  product_list: { headers: ['text'], needsHeader: true, action: checkProductList },
  location_request_message: { headers: [], footer: false, action: checkLocationRequest },
  address_message: { headers: any, action: checkAddress },
  call_permission_request: { headers: [], needsBody: false, action: checkCallPermission },
  voice_call: { headers: any, action: checkVoiceCall },
  carousel: { headers: [], footer: false, action: checkCarousel, files: checkCardFiles },
  order_details: { headers: ['text', 'image', 'video', 'document'], action: checkOrder },
  order_status: { headers: [], action: checkOrder },
}

/** `{ type, header?, body, footer?, action }`. */
export function checkInteractive(content: unknown, sender: Sender): Doom | undefined {
  const interactive = contentOf('interactive', content)
  const form = forms[oneOf(interactive, 'type', Object.keys(forms))]
  if (!form) throw parameterError(`Param ${pathOf(interactive, 'type')} is unknown.`)
  onlyKeys(interactive, ['type', 'header', 'body', 'footer', 'action'])
  const doom = checkHeader(interactive, form, sender)
  checkBody(interactive, form)
  const footer = optionalObject(interactive, 'footer')
  if (footer && form.footer === false) throw wrongValue('A footer is not allowed for this type of interactive message.')
  if (footer) {
    textIn(footer, 'text', { max: 60, label: 'Footer text' })
    onlyKeys(footer, ['text'])
  }
  const action = objectIn(interactive, 'action')
  form.action(action, sender)
  return doom ?? form.files?.(action, sender)
}

function checkHeader(interactive: Place, form: Form, sender: Sender): Doom | undefined {
  const header = form.needsHeader ? objectIn(interactive, 'header') : optionalObject(interactive, 'header')
  if (!header) return undefined
  const type = oneOf(header, 'type', any)
  if (!form.headers.includes(type)) {
    throw wrongValue(`A header of type ${type} is not allowed for interactive messages of this type.`)
  }
  onlyKeys(header, ['type', type, 'sub_text'])
  if (type !== 'text') return checkHeaderMedia(type satisfies MediaKind, objectIn(header, type), sender)
  textIn(header, 'text', { max: 60, label: 'Header text' })
  return undefined
}

function checkBody(interactive: Place, form: Form): void {
  const body = form.needsBody === false ? optionalObject(interactive, 'body') : objectIn(interactive, 'body')
  if (!body) return
  textIn(body, 'text', { max: form.body ?? 1024, label: 'Body text' })
  onlyKeys(body, ['text'])
}
