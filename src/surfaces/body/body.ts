// How an operation's body is read: as JSON in memory, as JSON whose files go to disk, or as a form with a file.
import type { FastifyRequest } from 'fastify'
import type { Operation } from '../../contract/operation.ts'
import { readJsonBody } from '../read.ts'
import type { Incoming } from './incoming.ts'
import { createJsonFilesReader, type JsonFilesLimits } from './json-files.ts'
import { createMultipartReader } from './multipart.ts'

/** The value of a body, `undefined` without one; a form's is a Map. Its files are among the incoming ones. */
export type ReadBody = (request: FastifyRequest, incoming: Incoming) => Promise<unknown>

/** The fields of an operation's JSON body that are files: those whose schema says `x-file`. */
function fileFields({ input }: Operation): string[] {
  if (input.body?.as !== 'json') return []
  const fields = Object.entries<object>(input.body.schema.properties)
  return fields.filter(([, schema]) => 'x-file' in schema && schema['x-file'] === true).map(([name]) => name)
}

/** Whether a file may come in the body. */
export function carriesFile(said: Operation): boolean {
  return said.input.body?.as === 'multipart' || fileFields(said).length > 0
}

export function bodyReader(said: Operation, limits: JsonFilesLimits): ReadBody {
  if (said.input.body?.as === 'multipart') return createMultipartReader(limits.upload)
  const fields = fileFields(said)
  if (fields.length > 0) return createJsonFilesReader(fields, limits)
  return (request) => readJsonBody(request, limits.body)
}
