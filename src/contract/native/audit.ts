// The audit log: who changed what.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { After, closed, Id, MadeId, Next, pageLimit, TextOrNull, TimeOut } from './schemas.ts'

const Entry = Type.Object(
  {
    id: Type.String(),
    at: TimeOut,
    caller: Type.String({ description: '`key:...` or `user:...`' }),
    caller_name: Type.String(),
    address: Type.String({ description: 'Where the request came from' }),
    operation: Type.String({ description: 'The operation id; `authenticate` for an address that guessed too often' }),
    target: TextOrNull,
    account_id: TextOrNull,
    outcome: Type.String({ description: '`ok`, or the code of the failure' }),
    details: Type.Unknown({ description: 'What was asked for, without secrets' }),
  },
  { ...closed, $id: 'AuditEntry' },
)

export const audit = {
  listAudit: operation({
    route: 'GET /api/audit',
    tag: 'Keys',
    summary: 'List who changed what, newest first',
    effect: 'readonly',
    scope: 'admin',
    input: {
      query: Type.Object(
        {
          operation: Type.Optional(MadeId),
          caller: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
          account: Type.Optional(Id),
          limit: Type.Optional(pageLimit(100)),
          after: Type.Optional(After),
        },
        closed,
      ),
    },
    output: json(Type.Object({ entries: Type.Array(Entry), next: Next }, closed)),
    fails: ['forbidden'],
  }),
}
