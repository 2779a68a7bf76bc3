// The short form of the torture: two kills at each chosen instant.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { INSTANTS, torture } from './run.ts'

it('what was answered 200 reaches every hook, once but for what was in flight, in order, however the server is killed', {
  timeout: 120_000,
}, async () => {
  const report = await torture(2 * INSTANTS.length)
  assert.ok(report.acknowledged > 500, `only ${report.acknowledged} callbacks were acknowledged`)
  assert.deepEqual(report.lost, [])
  assert.deepEqual(report.changed, [])
  assert.deepEqual(report.outOfOrder, [])
  assert.deepEqual(report.odd, [])
  assert.ok(
    report.duplicates <= report.allowedDuplicates,
    `${report.duplicates} duplicates, ${report.allowedDuplicates} may be`,
  )
})
