// Brings a database file to the schema that this program knows, one numbered step after the other.
import type { DatabaseSync } from 'node:sqlite'
import { Failure } from '../../model/failure.ts'
import { first } from './migrations/0001-first.ts'
import { filesKeysAudit } from './migrations/0002-files-keys-audit.ts'
import { linkedDevices } from './migrations/0003-linked-devices.ts'
import { lostMessages } from './migrations/0004-lost-messages.ts'

/** The steps in their order; a file's `user_version` says how many it has had. Never changed once released. */
const MIGRATIONS: readonly string[] = [first, filesKeysAudit, linkedDevices, lostMessages]

/** "WhkD": marks a file as ours, see `PRAGMA application_id`. */
const APPLICATION_ID = 0x57_68_6b_44

/** What `prepareSchema` found, and where it left the file; equal when there was nothing to do. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/** Refuses a file of another program, or of a newer release of this one, with a Failure. Changes nothing. */
export function checkVersion(db: DatabaseSync, file: string): void {
  if (pragma(db, 'application_id') !== APPLICATION_ID)
    throw new Failure(
      'unavailable',
      `${file} is a database of another program: set another data folder, or move it away`,
    )
  const version = pragma(db, 'user_version')
  if (version > MIGRATIONS.length)
    throw new Failure(
      'unavailable',
      `${file} was written by a newer release (its schema is ${version}, this one knows ${MIGRATIONS.length}): start that release, or restore a backup made before it`,
    )
}

/** Runs the steps that the file has not had, each in its own transaction. */
export function migrate(db: DatabaseSync): Migrated {
  const from = pragma(db, 'user_version')
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < from) continue
    db.exec(
      `BEGIN IMMEDIATE; ${step}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`,
    )
  }
  return { from, to: MIGRATIONS.length }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}
