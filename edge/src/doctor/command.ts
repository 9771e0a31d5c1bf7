import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { systemClock } from '@picket/devices/runtime'
import { examine } from './doctor.ts'
import type { Finding } from './finding.ts'

const ASK_TIMEOUT_MS = 5000
const SIGNS: Record<Finding['level'], string> = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' }

/** `picket-edge doctor`: prints what it finds. @returns the exit code: 1 where there is a fault */
export async function runDoctor(file: string, { json }: { json: boolean }): Promise<number> {
  const findings = await examine({
    file,
    environment: process.env,
    clock: systemClock,
    synchronised,
  })
  const counts = { ok: 0, warning: 0, fault: 0 }
  for (const { level } of findings) counts[level]++
  if (json) console.log(JSON.stringify({ healthy: counts.fault === 0, counts, findings }, undefined, 2))
  else {
    console.log(findings.map(lines).join('\n'))
    console.log(`\n${counts.fault} faults, ${counts.warning} warnings, ${counts.ok} ok`)
  }
  return counts.fault === 0 ? 0 : 1
}

function lines({ level, check, message, remedy }: Finding): string {
  const line = `${SIGNS[level]}  ${check}: ${message}`
  return remedy === undefined ? line : `${line}\n         -> ${remedy}`
}

/** What the machine's time service says; chrony is asked where systemd has no word. */
async function synchronised(): Promise<boolean | undefined> {
  if (existsSync('/run/systemd/timesync/synchronized')) return true
  const said = await ask('timedatectl', ['show', '--property=NTPSynchronized', '--value'])
  if (said === 'yes') return true
  const tracked = await ask('chronyc', ['-c', 'tracking'])
  if (tracked !== undefined) return !tracked.endsWith('Not synchronised')
  return said === 'no' ? false : undefined
}

async function ask(program: string, parameters: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, parameters, { timeout: ASK_TIMEOUT_MS })
    return stdout.trim()
  } catch {
    return undefined
  }
}
