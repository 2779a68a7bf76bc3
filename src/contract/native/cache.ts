// Operations on the cache: the events that some active webhook has not got, or that none wanted.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { After, closed, MadeId, Next, pageLimit, TimeOut } from './schemas.ts'

const CachedEvent = Type.Object(
  {
    id: Type.String(),
    timestamp: TimeOut,
    event: Type.Object(
      {
        type: Type.String(),
        timestamp: TimeOut,
        account_id: Type.String(),
        data: Type.Object({}, { additionalProperties: true }),
      },
      closed,
    ),
  },
  { ...closed, $id: 'CachedEvent' },
)

const Done = Type.Object({ success: Type.Boolean(), event_id: Type.String(), message: Type.String() }, closed)
const QueryId = Type.Object({ id: MadeId }, closed)

export const cache = {
  getCachedEvents: operation({
    route: 'GET /api/cache',
    tag: 'Cache',
    summary: 'List cached events',
    description: 'Newest first. `count` is how many there are in all that match, however many the page holds.',
    effect: 'readonly',
    scope: 'read',
    input: {
      query: Type.Object(
        {
          event_type: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Filter by event type' })),
          limit: Type.Optional(pageLimit(1000)),
          after: Type.Optional(After),
        },
        closed,
      ),
    },
    output: json(Type.Object({ cached_events: Type.Array(CachedEvent), count: Type.Integer(), next: Next }, closed)),
    fails: ['unavailable'],
  }),
  clearCache: operation({
    route: 'DELETE /api/cache',
    tag: 'Cache',
    summary: 'Clear all cached events',
    effect: 'destructive',
    scope: 'hooks',
    input: {
      query: Type.Object({ confirm: Type.Literal(true, { description: 'Must be true to confirm clearing' }) }, closed),
    },
    output: json(Type.Object({ success: Type.Boolean(), cleared: Type.Integer(), message: Type.String() }, closed)),
    fails: ['unavailable'],
  }),
  getCacheStats: operation({
    route: 'GET /api/cache/stats',
    tag: 'Cache',
    summary: 'Get cache statistics',
    description: '`enabled` is false when the cache is switched off.',
    effect: 'readonly',
    scope: 'read',
    input: {},
    output: json(
      Type.Object(
        {
          enabled: Type.Boolean(),
          total_count: Type.Integer(),
          by_event_type: Type.Unsafe<Record<string, number>>({
            type: 'object',
            additionalProperties: Type.Integer(),
          }),
        },
        closed,
      ),
    ),
    fails: [],
  }),
  replayCachedEvents: operation({
    route: 'POST /api/cache/replay',
    tag: 'Cache',
    summary: 'Replay all cached events to all active webhooks',
    effect: 'write',
    scope: 'hooks',
    input: {},
    output: json(
      Type.Object(
        {
          success: Type.Boolean(),
          replayed: Type.Integer(),
          delivered: Type.Integer(),
          failed: Type.Integer(),
          remaining_cached: Type.Integer(),
        },
        closed,
      ),
    ),
    fails: ['unavailable'],
  }),
  getCachedEvent: operation({
    route: 'GET /api/cache/event',
    tag: 'Cache',
    summary: 'Get a specific cached event by ID',
    effect: 'readonly',
    scope: 'read',
    input: { query: QueryId },
    output: json(CachedEvent),
    fails: ['not-found', 'unavailable'],
  }),
  deleteCachedEvent: operation({
    route: 'DELETE /api/cache/event',
    tag: 'Cache',
    summary: 'Delete a specific cached event by ID',
    effect: 'destructive',
    scope: 'hooks',
    input: { query: QueryId },
    output: json(Done),
    fails: ['not-found', 'unavailable'],
  }),
  replayCachedEvent: operation({
    route: 'POST /api/cache/event/replay',
    tag: 'Cache',
    summary: 'Replay a single cached event',
    description: 'The id comes in the query or in the body.',
    effect: 'write',
    scope: 'hooks',
    input: {
      query: Type.Object({ id: Type.Optional(MadeId) }, closed),
      body: { as: 'json', schema: Type.Object({ id: Type.Optional(MadeId) }, closed), optional: true },
    },
    output: json(Done),
    fails: ['upstream', 'unavailable'],
  }),
}
