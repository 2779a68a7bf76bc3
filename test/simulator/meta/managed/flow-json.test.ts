// What the check of Flow JSON finds, and where it points.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validateFlow } from '../../../../simulator/meta/graph/flows/flow-json.ts'
import type { Json } from './parts.ts'

const footer = (action: Json = { name: 'complete', payload: {} }): Json => ({
  ...{ type: 'Footer', label: 'Done', 'on-click-action': action },
})
const screen = (id: string, more: Json = {}, children: unknown[] = [footer()]): Json => ({
  ...{ id, title: id, terminal: true, layout: { type: 'SingleColumnLayout', children }, ...more },
})
const flow = (more: Json = {}): Json => ({ version: '7.1', screens: [screen('ONE')], ...more })
const navigate = (name: string): Json => ({ name: 'navigate', next: { type: 'screen', name }, payload: {} })
const withChildren = (...children: unknown[]): Json => flow({ screens: [screen('ONE', {}, [...children, footer()])] })

const right: [what: string, flow: Json][] = [
  ['one screen', flow()],
  [
    'two screens, one leading to the other',
    flow({ screens: [screen('ONE', { terminal: false }, [footer(navigate('TWO'))]), screen('TWO')] }),
  ],
  [
    'a form',
    flow({
      screens: [
        screen('ONE', {}, [
          { type: 'Form', name: 'f', children: [{ type: 'TextInput', name: 'n', label: 'Name' }, footer()] },
        ]),
      ],
    }),
  ],
  [
    'an If and a Switch',
    withChildren(JSON.parse('{"type": "If", "condition": "data.x", "then": [{"type": "TextBody", "text": "a"}]}'), {
      type: 'Switch',
      value: 'data.y',
      cases: { a: [{ type: 'TextBody', text: 'b' }] },
    }),
  ],
  ['an endpoint', flow({ data_api_version: '3.0', routing_model: { ONE: [] } })],
]

for (const [what, json] of right) {
  test(`a flow with ${what} is right`, () => {
    assert.deepEqual(validateFlow(JSON.stringify(json)).problems, [])
  })
}

/** The error and where it points, as the last pointer says. */
const wrong: [what: string, flow: unknown, error: string, path: string][] = [
  ['no version', { screens: [screen('ONE')] }, 'REQUIRED_PROPERTY_MISSING', ''],
  ['an unknown version', flow({ version: '1.0' }), 'INVALID_PROPERTY_VALUE', 'version'],
  ['an unknown property', flow({ colour: 'red' }), 'INVALID_PROPERTY', 'colour'],
  ['no screens', flow({ screens: [] }), 'REQUIRED_PROPERTY_MISSING', ''],
  ['an unknown property of a screen', flow({ screens: [screen('ONE', { x: 1 })] }), 'INVALID_PROPERTY', 'screens.0.x'],
  ['a screen id with digits', flow({ screens: [screen('ONE_1')] }), 'INVALID_PROPERTY_VALUE', 'screens.0.id'],
  ['no terminal screen', flow({ screens: [screen('ONE', { terminal: false })] }), 'MISSING_TERMINAL_SCREEN', 'screens'],
  [
    'a terminal screen without a footer',
    flow({ screens: [screen('ONE', {}, [{ type: 'TextBody', text: 'a' }])] }),
    'MISSING_FOOTER',
    'screens.0',
  ],
  ['no layout', flow({ screens: [screen('ONE', { layout: undefined })] }), 'REQUIRED_PROPERTY_MISSING', 'screens.0'],
  [
    'another layout',
    flow({ screens: [screen('ONE', { layout: { type: 'Grid', children: [footer()] } })] }),
    'INVALID_PROPERTY_VALUE',
    'screens.0.layout',
  ],
  [
    'an unknown component',
    withChildren({ type: 'Slider' }),
    'INVALID_PROPERTY_VALUE',
    'screens.0.layout.children.0.type',
  ],
  [
    'a component without its label',
    withChildren({ type: 'TextInput', name: 'n' }),
    'REQUIRED_PROPERTY_MISSING',
    'screens.0.layout.children.0',
  ],
  [
    'a property that a component has not',
    withChildren({ type: 'TextInput', name: 'n', label: 'l', 'initial-text': 'x' }),
    'INVALID_PROPERTY',
    'screens.0.layout.children.0.initial-text',
  ],
  [
    'an unknown action',
    withChildren({ type: 'EmbeddedLink', text: 'a', 'on-click-action': { name: 'jump' } }),
    'INVALID_PROPERTY_VALUE',
    'screens.0.layout.children.0.on-click-action',
  ],
  [
    'a way to no screen',
    withChildren({ type: 'EmbeddedLink', text: 'a', 'on-click-action': navigate('TWO') }),
    'INVALID_NAVIGATION',
    'screens.0.layout.children.0.on-click-action',
  ],
  ['a route to no screen', flow({ routing_model: { ONE: ['TWO'] } }), 'INVALID_ROUTING_MODEL', 'routing_model.ONE.0'],
  ['an endpoint without routes', flow({ data_api_version: '3.0' }), 'REQUIRED_PROPERTY_MISSING', ''],
]

for (const [what, json, error, path] of wrong) {
  test(`a flow with ${what} has the error ${error}`, () => {
    const { problems } = validateFlow(JSON.stringify(json))
    assert.deepEqual(
      problems.map((problem) => [problem.error, problem.pointers[0]?.path]),
      [[error, path]],
    )
  })
}

test('two screens with one id are both wrong', () => {
  const { problems } = validateFlow(JSON.stringify(flow({ screens: [screen('ONE'), screen('ONE')] })))
  assert.deepEqual(
    problems.map(({ error }) => error),
    ['DUPLICATE_SCREEN_ID', 'DUPLICATE_SCREEN_ID'],
  )
})

test('a mistake is pointed at by line and column', () => {
  const text = '{\n  "version": "7.1",\n  "screens": [],\n  "colour": {\n    "a": "}"\n  }\n}'
  const [extra, empty] = validateFlow(text).problems
  const { line_start, line_end, column_start, column_end } = extra ?? {}
  assert.deepEqual([line_start, column_start, line_end, column_end], [4, 13, 6, 3])
  assert.deepEqual([empty?.line_start, empty?.column_start, empty?.line_end], [1, 1, 7])
})

for (const text of ['', '[]', '"flow"', 'null']) {
  test(`${text === '' ? 'nothing at all' : text} is no flow`, () => {
    assert.equal(validateFlow(text).problems.length, 1)
  })
}
