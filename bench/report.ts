// Prints what was measured: the goals first, then the raw figures that they are made of.
import { cpus, totalmem } from 'node:os'
import type { Contender, Goal, Results, Row } from './measure.ts'
import { wait } from './moment.ts'

export type Mark = 'excellent' | 'pass' | 'MISSED'

/** Not a number is no pass. */
export function markOf({ value, better, floor, excellent }: Goal): Mark {
  const reaches = (least: number) => (better === 'high' ? value >= least : value <= least)
  if (reaches(excellent)) return 'excellent'
  return reaches(floor) ? 'pass' : 'MISSED'
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** How busy the machine's processors are with other things, in percent, looked at for `ms` while the bench does nothing. */
export async function busyWithOthers(ms: number): Promise<number> {
  const look = () => {
    const times = cpus().map((core) => core.times)
    const idle = times.reduce((sum, each) => sum + each.idle, 0)
    return { idle, all: times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0) }
  }
  const before = look()
  await wait(ms)
  const after = look()
  return 100 * (1 - (after.idle - before.idle) / Math.max(1, after.all - before.all))
}

/** Columns as wide as their widest cell, the first ones to the left. */
function table(rows: readonly (readonly string[])[], left: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
  return rows.map((row) => `  ${line(row).join('   ').trimEnd()}`).join('\n')
}

export function machine(): string {
  const cores = cpus()
  const model = cores[0]?.model.trim() || 'unknown processor'
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  return `${cores.length} x ${model}, ${memory} GiB, ${process.platform}, Node ${process.versions.node}`
}

/** The table of goals; answers how many floors were missed. */
export function printGoals(rows: readonly Row[], results: Results): number {
  const head = ['row', 'goal', 'best', 'of medians', 'floor', 'excellent', '']
  const marks: Mark[] = []
  const lines = rows.flatMap((row) =>
    row.goals(results).map((goal) => {
      const mark = markOf(goal)
      marks.push(mark)
      const sign = goal.better === 'high' ? '>=' : '<='
      const shown = (value: number) => `${number(value)} ${goal.unit}`
      const limits = [goal.floor, goal.excellent].map((limit) => `${sign} ${number(limit)}`)
      return [String(row.number), goal.says, shown(goal.value), shown(goal.median), ...limits, mark]
    }),
  )
  console.log(`\n${table([head, ...lines], 2)}`)
  return marks.filter((mark) => mark === 'MISSED').length
}

export function printFigures(contenders: readonly Contender[], results: Results): void {
  const head = ['measured', 'figure', 'best', 'median', 'rounds']
  const lines = contenders.flatMap((contender) =>
    Object.entries(contender.figures).map(([figure, { unit }], index) => [
      index === 0 ? contender.says : '',
      unit === '' ? figure : `${figure} ${unit}`,
      number(results.best(contender, figure)),
      number(results.median(contender, figure)),
      results
        .of(contender)
        .map((sample) => number(sample[figure] ?? Number.NaN))
        .join('  '),
    ]),
  )
  console.log(`\n${table([head, ...lines], 2)}\n`)
}
