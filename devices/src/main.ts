#!/usr/bin/env node
import { program } from './command-line.ts'

await program.parseAsync()
