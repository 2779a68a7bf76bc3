// The reference page of the API at /docs: Swagger UI from our own disk, which asks nobody else for anything.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import serveStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WhatsHooked API</title>
<link rel="icon" type="image/png" sizes="32x32" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="reference"><noscript>This page needs JavaScript; <a href="openapi.json">openapi.json</a> does not.</noscript></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

/** Keys are not kept in the browser, and no badge of a stranger's validator is shown. */
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
})
`

const GUARDS = {
  // Swagger UI writes style attributes; pictures of its style sheet are data addresses.
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** The files of Swagger UI that the page uses; the others of its package are not served. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const

function page(reply: FastifyReply, type: string, body: string): FastifyReply {
  return reply.headers(GUARDS).header('cache-control', 'no-cache').type(type).send(body)
}

export async function docs(fastify: FastifyInstance): Promise<void> {
  const root = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui.css')))
  await fastify.register(serveStatic, { root, serve: false, index: false, dotfiles: 'deny' })
  fastify.get('/docs', (_request, reply) => page(reply, 'text/html; charset=utf-8', PAGE))
  // The page's addresses are relative to /docs, so that it works behind a proxy that adds a path.
  fastify.get('/docs/', (_request, reply) => reply.redirect('../docs', 308))
  fastify.get('/docs/start.js', (_request, reply) => page(reply, 'text/javascript; charset=utf-8', START))
  for (const file of FILES) {
    fastify.get(`/docs/${file}`, (_request, reply) => reply.headers(GUARDS).sendFile(file, { maxAge: '1h' }))
  }
}
