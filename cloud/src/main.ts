#!/usr/bin/env node
// Modules are read from the compile cache from the second start on, which halves the time a start takes; so
// they are loaded after it is there.
import { enableCompileCache, flushCompileCache } from 'node:module'

enableCompileCache()
const { program } = await import('./command-line.ts')
await program.parseAsync()
// Not at the end, which a program that loses its power does not see: it would start slowly each time.
flushCompileCache()
