// Operations as commands: how each and its fields are called on the command line.
import type { Contract, Operation } from '../../contract/operation.ts'

/** A JSON schema, as far as the command line reads it. */
export interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly readOnly?: boolean
  readonly format?: string
  /** A file in base64, or with the format `binary` a part of a form. */
  readonly 'x-file'?: boolean
  /** With `oneOf`: exactly one of these fields has to come. */
  readonly 'x-told'?: { readonly oneOf?: readonly { readonly required: readonly string[] }[] }
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
  /** The flag that a word without a flag is for: `get-hook mine` is `get-hook --id mine`. Null without one. */
  readonly subject: Flag | null
  /** Flags of which exactly one has to come. */
  readonly oneOf: readonly Flag[]
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
  return new Map(Object.entries(contract).map(([id, operation]) => [kebab(id), commandOf(id, operation)]))
}

function commandOf(operationId: string, operation: Operation): Command {
  const { input } = operation
  const parts: Schema[] = [input.path, input.query, input.body?.schema].filter((part) => part !== undefined)
  const flags = flagsOf(parts)
  const ways = new Set(parts.flatMap((part) => part['x-told']?.oneOf ?? []).flatMap(({ required }) => required))
  return {
    name: kebab(operationId),
    operationId,
    operation,
    flags,
    subject: flags.find(({ field, required }) => field === 'id' && required) ?? null,
    oneOf: flags.filter(({ field }) => ways.has(field)),
  }
}

function flagsOf(parts: readonly Schema[]): Flag[] {
  const flags = new Map<string, Flag>()
  for (const part of parts) {
    for (const [field, schema] of Object.entries(part.properties ?? {})) {
      if (schema.readOnly) continue
      flags.set(field, { name: kebab(field), field, schema, required: isNeeded(part, field) })
    }
  }
  return [...flags.values()]
}

/** Whether an object has to have this field; a server fills in what has a default. */
export function isNeeded(object: Schema, field: string): boolean {
  return (object.required?.includes(field) ?? false) && object.properties?.[field]?.default === undefined
}

/** The flag of this name: its own, the shorter one, or for a file the name without `-data`. */
export function flagNamed({ flags }: Command, name: string): Flag | undefined {
  return flags.find((flag) => flag.name === name || flag.field === name || shortOf(flag) === name)
}

/** What a flag is called in texts, with its dashes. */
export function dashed(flag: Flag): string {
  return `--${shortOf(flag) ?? flag.name}`
}

/** The shorter name of a flag; null without one. */
export function shortOf({ field, schema }: Flag): string | null {
  if (isFile(schema)) return field === 'file' ? null : kebab(field.replace(/_data$/, ''))
  return SHORT[field] ?? null
}

/** What a flag takes, for the help: `text`, `number`, `a|b`, `file`, `json`, ...; empty: it may stand alone. */
export function takes(schema: Schema): string {
  if (isFile(schema)) return 'file'
  const { enum: words, type, items } = plainOf(schema)
  if (words) return words.map(String).join('|')
  if (type === 'array') return plainOf(items ?? {}).type === 'object' ? 'json' : `${takes(items ?? {})},…`
  if (type === 'object') return 'json'
  if (type === 'boolean') return ''
  return type === 'integer' || type === 'number' ? 'number' : 'text'
}

export function isFile(schema: Schema): boolean {
  return schema['x-file'] === true || schema.format === 'binary'
}

/** A schema without its "or null". */
export function plainOf(schema: Schema): Schema {
  return schema.anyOf?.find((one) => one.type !== 'null') ?? schema
}
