// `npm run torture [kills]`: a hundred kills under load; exits 1 when anything was lost, changed, out of order or doubled too often.
import { torture } from './run.ts'

const kills = Number(process.argv[2] ?? 100)
const report = await torture(kills, (line) => console.log(line))
console.log(JSON.stringify(report, null, 2))
const good = report.lost.length + report.changed.length + report.outOfOrder.length + report.odd.length === 0
const pass = good && report.duplicates <= report.allowedDuplicates
console.log(
  pass
    ? `${kills} kills: nothing lost, ${report.duplicates} duplicates of at most ${report.allowedDuplicates}`
    : 'FAILED',
)
process.exit(pass ? 0 : 1)
