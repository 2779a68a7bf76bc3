// A connection to the database as the files of this folder use it: statements prepared once, rows with a type.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** What may be bound to a `?`. */
export type Value = SQLInputValue

export interface Connection {
  readonly db: DatabaseSync
  /** Runs a statement; answers how many rows it changed. */
  run(text: string, ...values: Value[]): number
  /** All rows. The caller names their shape, since only the statement knows it. */
  all<Row>(text: string, ...values: Value[]): Row[]
  /** The first row, or null. */
  one<Row>(text: string, ...values: Value[]): Row | null
  /** Calls once, when what the running transaction did is on disk; never, when it is rolled back. */
  onCommit(run: () => void): void
  committed(): void
  /** Called after every rollback: what was remembered of the database may be wrong. */
  onRollback(forget: () => void): void
  rolledBack(): void
}

/** `db` must not be used beside the connection, except to close it. */
export function connection(db: DatabaseSync): Connection {
  const prepared = new Map<string, StatementSync>()
  const forgets: (() => void)[] = []
  let afterwards: (() => void)[] = []
  const statement = (text: string): StatementSync => {
    const known = prepared.get(text)
    if (known) return known
    const made = db.prepare(text)
    prepared.set(text, made)
    return made
  }
  return {
    db,
    run: (text, ...values) => Number(statement(text).run(...values).changes),
    all: <Row>(text: string, ...values: Value[]) => statement(text).all(...values) as Row[],
    one: <Row>(text: string, ...values: Value[]) => (statement(text).get(...values) as Row | undefined) ?? null,
    onCommit: (run) => void afterwards.push(run),
    committed() {
      const due = afterwards
      afterwards = []
      for (const run of due) run()
    },
    onRollback: (forget) => forgets.push(forget),
    rolledBack: () => {
      afterwards = []
      for (const forget of forgets) forget()
    },
  }
}
