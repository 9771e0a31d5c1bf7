#!/usr/bin/env node
// Modules are read from the compile cache from the second start on, which halves the time a start takes; so
// they are loaded after it is there.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { program } = await import('./command-line.ts')
await program.parseAsync()
