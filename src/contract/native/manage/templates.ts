// Operations on message templates: what a business may say first.
import Type from 'typebox'
import { json, operation } from '../../operation.ts'
import { closed, Id, JustAccount, META_FAILS, MetaObject, StatusOk } from '../schemas.ts'
import { TemplateComponent } from '../send-objects.ts'
import { BUSINESS_ONLY } from '../send-schemas.ts'

const Name = Type.String({ minLength: 1, maxLength: 512 })
const Language = Type.String({ minLength: 1, maxLength: 35, description: 'As Meta writes it, for example en_US' })

export const templates = {
  listTemplates: operation({
    route: 'POST /api/templates',
    tag: 'Templates',
    summary: 'List message templates for an account',
    description: "All of Meta's pages, as one `data`.",
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(JustAccount) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  uploadTemplate: operation({
    route: 'POST /api/templates/upload',
    tag: 'Templates',
    summary: 'Create a new message template',
    description: 'Meta reviews it; `template.status` tells what came of that.',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            account_id: Id,
            name: Name,
            language: Language,
            category: Type.Enum(['AUTHENTICATION', 'MARKETING', 'UTILITY']),
            components: Type.Optional(Type.Array(TemplateComponent, { maxItems: 100 })),
          },
          closed,
        ),
      ),
    },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  deleteTemplate: operation({
    route: 'POST /api/templates/delete',
    tag: 'Templates',
    summary: 'Delete a message template',
    description: 'In this language only.',
    needs: BUSINESS_ONLY,
    effect: 'destructive',
    scope: 'admin',
    input: { body: json(Type.Object({ account_id: Id, name: Name, language: Language }, closed)) },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
}
