// Operations on API keys: for people and programs that should not have the installation's own.
import Type from 'typebox'
import { SCOPES } from '../../model/caller.ts'
import { json, operation } from '../operation.ts'
import { closed, Id, MadeId, Ok, StatusOk, Time, TimeOrNull, TimeOut } from './schemas.ts'

const fields = {
  name: Type.String({ minLength: 1, maxLength: 128, description: 'For people: whose key it is' }),
  scopes: Type.Array(Type.Enum([...SCOPES]), {
    minItems: 1,
    maxItems: SCOPES.length,
    description:
      'read: everything that changes nothing; send: messages; hooks: webhooks, deliveries, the cache; admin: everything',
  }),
}

const Key = Type.Object(
  {
    id: Type.String(),
    ...fields,
    accounts: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'Null: all' }),
    created_at: TimeOut,
    expires_at: TimeOrNull,
    last_used_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'To the minute; null when it was not used since the server started',
    }),
  },
  { ...closed, $id: 'ApiKey' },
)

export const keys = {
  listKeys: operation({
    route: 'GET /api/keys',
    tag: 'Keys',
    summary: 'List API keys',
    description: 'Never the keys themselves: of those only hashes are kept.',
    effect: 'readonly',
    scope: 'admin',
    input: {},
    output: json(Type.Array(Key)),
    fails: ['forbidden'],
  }),
  addKey: operation({
    route: 'POST /api/keys/add',
    tag: 'Keys',
    summary: 'Make an API key',
    description: '`key` is shown in this one answer.',
    effect: 'write',
    scope: 'admin',
    status: 201,
    input: {
      body: json(
        Type.Object(
          {
            ...fields,
            accounts: Type.Optional(
              Type.Union([Type.Array(Id, { minItems: 1, maxItems: 1000 }), Type.Null()], {
                description: 'The accounts that it is for: it sees and uses nothing else. Absent or null: all',
              }),
            ),
            expires_at: Type.Optional(Type.Union([Time, Type.Null()], { description: 'Absent or null: never' })),
          },
          closed,
        ),
      ),
    },
    output: json(Type.Object({ status: Ok, key_id: Type.String(), key: Type.String() }, closed)),
    fails: ['forbidden'],
  }),
  removeKey: operation({
    route: 'POST /api/keys/remove',
    tag: 'Keys',
    summary: 'Remove an API key',
    description: 'It is good for nothing from here on.',
    effect: 'destructive',
    scope: 'admin',
    input: { body: json(Type.Object({ id: MadeId }, closed)) },
    output: json(StatusOk),
    fails: ['forbidden', 'not-found'],
  }),
}
