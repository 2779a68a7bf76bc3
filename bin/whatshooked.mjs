#!/usr/bin/env node
// Where the program begins. From the published package it runs what was built; from a checkout it runs the sources.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const built = new URL('../dist/src/cli/main.js', import.meta.url)
const source = new URL('../src/cli/main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `WhatsHooked needs Node 24 or newer, this is ${process.version}. In a checkout, \`npm start\` brings its own.`,
  )
  process.exit(1)
}

// For one collection when the start is done. Set before the cache is: compiled code is kept by flags.
setFlagsFromString('--expose-gc')

if (existsSync(source)) {
  // Every start would strip the types of some two hundred files anew, in each thread: half a second, and 40 MB that are
  // never given back. The variable is for the threads; this file is no TypeScript, so that the stripper need not load for it.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  await import(source.href)
} else {
  await import(built.href)
}
