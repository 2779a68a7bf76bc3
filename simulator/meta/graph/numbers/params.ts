// What several calls about a number have in their bodies.
import { parameterError } from '../graph-error.ts'

/** `messaging_product` must be there and say whatsapp. */
export function needProduct({ messaging_product: product }: Record<string, unknown>): void {
  if (product === undefined || product === null || product === '') {
    throw parameterError('The parameter messaging_product is required.')
  }
  if (typeof product === 'string' && product.toLowerCase() === 'whatsapp') return
  throw parameterError(`Param messaging_product must be one of {WHATSAPP} - got "${String(product)}".`)
}
