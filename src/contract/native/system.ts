// Operations on the server itself: is it there, is it ready, what does it count, what can it do.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { closed } from './schemas.ts'

export const system = {
  healthCheck: operation({
    route: 'GET /health',
    tag: 'System',
    summary: 'Health check',
    description: 'Answers as soon as the process does; says nothing of the database or of accounts.',
    effect: 'readonly',
    scope: 'read',
    open: true,
    input: {},
    output: json(Type.Object({ status: Type.Literal('healthy') }, closed)),
    fails: [],
  }),
  getReadiness: operation({
    route: 'GET /ready',
    tag: 'System',
    summary: 'Whether the server can do its work now',
    description: '503 when it cannot; the reasons are in the sentence, and in `reasons` of the problem.',
    effect: 'readonly',
    scope: 'read',
    open: true,
    input: {},
    output: json(Type.Object({ status: Type.Literal('ready') }, closed)),
    fails: ['unavailable'],
  }),
  getMetrics: operation({
    route: 'GET /metrics',
    tag: 'System',
    summary: 'Metrics for Prometheus',
    effect: 'readonly',
    scope: 'read',
    input: {},
    output: { as: 'text', type: 'text/plain; version=0.0.4; charset=utf-8' },
    fails: [],
  }),
  getOpenApi: operation({
    route: 'GET /openapi.json',
    tag: 'System',
    summary: 'This document',
    effect: 'readonly',
    scope: 'read',
    open: true,
    input: {},
    output: json(Type.Object({ openapi: Type.String() }, { additionalProperties: true })),
    fails: [],
  }),
}
