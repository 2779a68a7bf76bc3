// The bench: holds the product against bare libraries, all in one run, round by round. `npm run bench -- --help` says how.
import { parseArgs } from 'node:util'
import type { Bench, Contender, Row } from './measure.ts'
import { medianOf } from './moment.ts'
import { busyWithOthers, machine, printFigures, printGoals } from './report.ts'
import { ROWS } from './rows/index.ts'
import { setStage } from './stage.ts'

const HELP = `npm run bench -- [flags]

  --rows 1,3       only these rows (there are ${ROWS.map((row) => row.number).join(', ')})
  --rounds 5       how often everything is measured, in turn; the best counts
  --report         exit code 0 also when a floor is missed
  --profile <dir>  writes CPU profiles of the product there (what is measured is then slower)
  --help           this
`
/** The warm-up runs this part of a round's time; its figures do not count. */
const WARM_UP = 0.5
/** Before every round the machine is looked at while the bench rests, ms; beyond so many percent the report says so. */
const LOOK_MS = 400
const DISTURBED = 10

function readFlags() {
  const options = {
    rows: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    report: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const
  const { values } = parseArgs({ options })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on')
  return { ...values, rounds, rows: chosen(values.rows) }
}

function chosen(list: string | undefined): readonly Row[] {
  if (list === undefined) return ROWS
  return list.split(',').map((text) => {
    const row = ROWS.find(({ number }) => number === Number(text))
    if (!row) throw new Error(`there is no row ${text}; there are ${ROWS.map(({ number }) => number).join(', ')}`)
    return row
  })
}

/** Every contender that some row needs, once, in the order of the rows. */
function contendersOf(rows: readonly Row[]): Contender[] {
  return [...new Set(rows.flatMap((row) => row.needs))]
}

async function playRound(bench: Bench, contenders: readonly Contender[], title: string): Promise<void> {
  const from = performance.now()
  for (const contender of contenders) {
    if (process.stderr.isTTY) process.stderr.write(`\r${title.padEnd(12)} ${contender.says.padEnd(60)}`)
    bench.results.add(contender, await contender.run(bench))
  }
  const took = `${((performance.now() - from) / 1000).toFixed(0)} s`
  process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${title.padEnd(12)} ${took.padEnd(60)}\n`)
}

function sayHowBusy(busy: readonly number[]): void {
  const most = Math.max(...busy)
  const shown = busy.map((percent) => `${percent.toFixed(0)} %`).join(', ')
  console.log(`  Busy with other things before each round: ${shown}`)
  if (most > DISTURBED)
    console.log(
      `  The machine was not ours alone (median ${medianOf(busy).toFixed(0)} %): what is slow here may not be the product.`,
    )
}

/** Answers how many floors were missed. */
async function measure({ rows, rounds, profile }: ReturnType<typeof readFlags>): Promise<number> {
  const contenders = contendersOf(rows)
  const stage = await setStage(profile ?? null)
  const { bench } = stage
  try {
    bench.pace = WARM_UP
    const again = contenders.filter((contender) => !contender.once)
    await playRound(bench, again, 'warm-up')
    bench.pace = 1
    bench.results.clear()
    const busy: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      busy.push(await busyWithOthers(LOOK_MS))
      await playRound(bench, round === 1 ? contenders : again, `round ${round}/${rounds}`)
    }
    const missed = printGoals(rows, bench.results)
    printFigures(contenders, bench.results)
    sayHowBusy(busy)
    return missed
  } finally {
    await stage.close()
  }
}

const flags = readFlags()
if (flags.help) console.log(HELP)
else {
  console.log(`WhatsHooked bench on ${machine()}\n`)
  const from = performance.now()
  const missed = await measure(flags)
  console.log(
    `  ${missed === 0 ? 'Every floor is reached' : `Floors missed: ${missed}`}; it took ${((performance.now() - from) / 1000).toFixed(0)} s`,
  )
  process.exit(missed > 0 && !flags.report ? 1 : 0)
}
