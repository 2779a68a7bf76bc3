// The part of the door about what a business manages: templates, flows, catalogs, and the codes of numbers.
import { addCatalog, addProducts, type CatalogOptions, type ProductOptions } from '../graph/catalogs/stage.ts'
import { addFlow, changeFlow, type FlowChange, type FlowOptions } from '../graph/flows/changes.ts'
import { addTemplate, changeTemplate, type TemplateChange, type TemplateOptions } from '../graph/templates/changes.ts'
import type { Flow, Product, Template } from '../managed.ts'
import { needNumber, type World } from '../world.ts'

export type ManagedDoor = {
  /** Adds a template to the stage, APPROVED unless said, without a callback. */
  addTemplate(options?: TemplateOptions): Template
  /** Meta approves, rejects, pauses, disables, flags, rates or recategorises a template, and tells of each. */
  changeTemplate(id: string, change: TemplateChange): Template
  /** Every template of every account. */
  templates(): Template[]
  /** Milliseconds until new and edited templates are approved by themselves; null = they wait for changeTemplate. */
  templateReview(ms: number | null): void
  /** Adds a flow to the stage, a DRAFT with a small right JSON unless said, without a callback. */
  addFlow(options?: FlowOptions): Flow
  /** Gives a flow another status (BLOCKED, THROTTLED, …), and tells of it. */
  changeFlow(id: string, change: FlowChange): Flow
  /** Every flow of every account. */
  flows(): Flow[]
  /** Adds a catalog, connected with the first account unless said. */
  addCatalog(options?: CatalogOptions): { id: string; name: string; products: Product[] }
  /** Adds products to a catalog, by Graph's own fields; what is left out is made up. */
  addProducts(catalogId: string, products: readonly ProductOptions[]): Product[]
  /** The code that was last sent to a number by SMS or call; undefined when none is waiting to be verified. */
  verificationCode(phoneNumberId: string): string | undefined
}

/** Those methods on a world. What they answer are copies. */
export function managedDoor(world: World): ManagedDoor {
  const { state } = world
  return {
    addTemplate: (options) => structuredClone(addTemplate(world, options)),
    changeTemplate: (id, change) => structuredClone(changeTemplate(world, id, change)),
    templates: () => structuredClone([...state.managed.templates.values()]),
    templateReview(ms) {
      state.managed.reviewMs = ms
    },
    addFlow: (options) => structuredClone(addFlow(world, options)),
    changeFlow: (id, change) => structuredClone(changeFlow(world, id, change)),
    flows: () => structuredClone([...state.managed.flows.values()]),
    addCatalog(options) {
      const { id, name, products } = addCatalog(world, options)
      return structuredClone({ id, name, products: [...products.values()] })
    },
    addProducts: (catalogId, products) => structuredClone(addProducts(world, catalogId, products)),
    verificationCode: (id) => needNumber(state, id).ladder.code?.code,
  }
}
