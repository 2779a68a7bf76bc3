// Operations on deliveries: what each hook got, has still to get, and was given up on.
import Type from 'typebox'
import { DELIVERY_STATES } from '../../model/delivery.ts'
import { json, operation } from '../operation.ts'
import { After, closed, Id, MadeId, Next, Ok, pageLimit, TextOrNull, Time, TimeOrNull, TimeOut } from './schemas.ts'

const Attempt = Type.Object(
  {
    number: Type.Integer(),
    at: TimeOut,
    took_ms: Type.Number(),
    status: Type.Union([Type.Integer(), Type.Null()], { description: 'The HTTP status that came back' }),
    error: TextOrNull,
  },
  { ...closed, $id: 'Attempt' },
)

const fields = {
  id: Type.String(),
  hook_id: Type.String(),
  event_id: Type.String(),
  event_type: Type.String(),
  account_id: Type.String(),
  chat: TextOrNull,
  recorded_at: TimeOut,
  state: Type.Enum([...DELIVERY_STATES]),
  attempt_count: Type.Integer(),
  due_at: TimeOrNull,
  last_attempt: Type.Union([Attempt, Type.Null()]),
}
const Delivery = Type.Object(fields, { ...closed, $id: 'Delivery' })

const ById = Type.Object({ id: MadeId }, closed)

export const deliveries = {
  listDeliveries: operation({
    route: 'GET /api/deliveries',
    tag: 'Deliveries',
    summary: 'List deliveries, newest first',
    effect: 'readonly',
    scope: 'read',
    input: {
      query: Type.Object(
        {
          hook: Type.Optional(Id),
          state: Type.Optional(Type.Enum([...DELIVERY_STATES])),
          event: Type.Optional(MadeId),
          limit: Type.Optional(pageLimit(100)),
          after: Type.Optional(After),
        },
        closed,
      ),
    },
    output: json(Type.Object({ deliveries: Type.Array(Delivery), next: Next }, closed)),
    fails: ['not-found'],
  }),
  getDelivery: operation({
    route: 'GET /api/deliveries/{id}',
    tag: 'Deliveries',
    summary: 'Get one delivery with its attempts',
    effect: 'readonly',
    scope: 'read',
    input: { path: ById },
    output: json(Type.Object({ ...fields, attempts: Type.Array(Attempt) }, closed)),
    fails: ['not-found'],
  }),
  retryDelivery: operation({
    route: 'POST /api/deliveries/{id}/retry',
    tag: 'Deliveries',
    summary: 'Deliver again, now',
    description: 'Whatever its state; the event goes out with the same id and the same bytes.',
    effect: 'write',
    scope: 'hooks',
    input: { path: ById },
    output: json(Type.Object({ status: Ok, delivery_id: Type.String() }, closed)),
    fails: ['not-found'],
  }),
  retryDeadDeliveries: operation({
    route: 'POST /api/deliveries/retry-dead',
    tag: 'Deliveries',
    summary: 'Deliver again what a webhook was given up on',
    effect: 'write',
    scope: 'hooks',
    input: {
      body: json(
        Type.Object(
          {
            hook_id: Id,
            since: Type.Optional(Time),
          },
          closed,
        ),
      ),
    },
    output: json(Type.Object({ status: Ok, retried: Type.Integer() }, closed)),
    fails: ['not-found'],
  }),
}
