// Operations as commands: how each and its fields are called on the command line.
import type { Contract, Operation } from '../../contract/operation.ts'

/** A JSON schema, as far as the command line reads it. */
export interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly description?: string
  readonly default?: unknown
  readonly readOnly?: boolean
  readonly format?: string
  readonly 'x-file'?: boolean
}

/** One flag of a command. */
export interface Flag {
  /** Without dashes. */
  readonly name: string
  /** The field of the operation that it sets. */
  readonly field: string
  readonly schema: Schema
  readonly required: boolean
}

export interface Command {
  /** `send-message` */
  readonly name: string
  readonly operationId: string
  readonly operation: Operation
  readonly flags: readonly Flag[]
}

/** Fields that people name often have a shorter flag beside their own. */
const SHORT: Readonly<Record<string, string>> = { account_id: 'account', hook_id: 'hook', phone_number_id: 'number' }

/** Other names for operations: the first two words of what people type. */
export const SPOKEN: Readonly<Record<string, string>> = {
  'keys list': 'list-keys',
  'keys add': 'add-key',
  'keys remove': 'remove-key',
}

export function kebab(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

/** All operations of a contract as commands, by their names. */
export function commandsOf(contract: Contract): Map<string, Command> {
  const commands = Object.entries(contract).map(([operationId, operation]): [string, Command] => {
    const name = kebab(operationId)
    return [name, { name, operationId, operation, flags: flagsOf(operation) }]
  })
  return new Map(commands)
}

function flagsOf({ input }: Operation): Flag[] {
  const parts = [input.path, input.query, input.body?.schema].filter((part) => part !== undefined)
  const flags = new Map<string, Flag>()
  for (const part of parts) {
    const needed = new Set<string>(part.required ?? [])
    for (const [field, said] of Object.entries(part.properties)) {
      const schema: Schema = said
      if (schema.readOnly) continue
      const name = kebab(field)
      flags.set(name, { name, field, schema, required: needed.has(field) && schema.default === undefined })
    }
  }
  return [...flags.values()]
}

/** The flag of this name: its own, the shorter one, or for a file the name without `-data`. */
export function flagNamed({ flags }: Command, name: string): Flag | undefined {
  return flags.find((flag) => flag.name === name || shortOf(flag) === name)
}

/** The shorter name of a flag; null without one. */
export function shortOf({ field, schema }: Flag): string | null {
  if (schema['x-file'] || schema.format === 'binary')
    return field === 'file' ? null : kebab(field.replace(/_data$/, ''))
  return SHORT[field] ?? null
}

/** What a flag takes, for the help: `text`, `number`, `a|b`, `file`, `json`, ... */
export function takes(schema: Schema): string {
  if (schema['x-file'] || schema.format === 'binary') return 'file'
  const plain = plainOf(schema)
  if (plain.enum) return plain.enum.map(String).join('|')
  if (plain.type === 'array') return plain.items?.enum ? `${plain.items.enum.map(String).join('|')}, …` : 'value, …'
  if (plain.type === 'object') return 'json'
  if (plain.type === 'boolean') return ''
  return plain.type === 'integer' || plain.type === 'number' ? 'number' : 'text'
}

/** A schema without its "or null". */
export function plainOf(schema: Schema): Schema {
  return schema.anyOf?.find((one) => one.type !== 'null') ?? schema
}
