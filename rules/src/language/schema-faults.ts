import type { FileFault } from '@picket/devices'

// What the schema's own words mean to the author of a rule, and the way out.
const REWORDED: readonly [RegExp, (...found: string[]) => { message: string; hint?: string }][] = [
  [
    /^(.*levels) has no key (.*); check the spelling$/,
    (at = '', names = '') => ({
      message: `${at}: there is no level ${names}`,
      hint: 'known: blue, yellow, orange, red',
    }),
  ],
  [
    /^(.*) has no key (.*); check the spelling$/,
    (at = '', names = '') => ({ message: `${at}: "${names}" is not known here`, hint: 'check the spelling' }),
  ],
  [/^(.*) lacks (.*)$/, (at = '', names = '') => ({ message: `${at}: "${names}" is missing` })],
  [
    /^(.*\.(?:select|with\.[^.]+)) must not have fewer than .*$/,
    (at = '') => ({
      message: `${at} chooses no device`,
      hint: 'give at least one of model, site, tag, device',
    }),
  ],
  [
    /^(.*missing\.then) must .*$/,
    (at = '') => ({ message: `${at} is not known`, hint: 'known: keep, stale, blue, yellow, orange, red' }),
  ],
  [/^(.*\.per) must .*$/, (at = '') => ({ message: `${at} is not known`, hint: 'known: device, site' })],
  [
    /^(.*quality\.\w+) must .*$/,
    (at = '') => ({ message: `${at} is not known`, hint: 'known: use, ignore' }),
  ],
  [
    /^(.*missing\.after) must be string$/,
    (at = '') => ({ message: `${at} has no unit`, hint: 'write 15m, or 3 intervals' }),
  ],
]

/** The faults of the pack's schema in the words of a rule's author; one fault per mistake. */
export function rewordSchemaFaults(faults: readonly FileFault[]): FileFault[] {
  return (
    faults
      // Says again what "has no key" says with the name.
      .filter(({ message }) => !message.endsWith('schema is false'))
      .map(fault => (fault.code === 'yaml-schema' ? reword(fault) : fault))
      .filter(
        ({ line, message }, at, all) => at === all.findIndex(o => o.line === line && o.message === message),
      )
  )
}

function reword(fault: FileFault): FileFault {
  const message = fault.message.replace(/\brules\.(\d+)/, (_, index: string) => `rule ${Number(index) + 1}`)
  for (const [pattern, words] of REWORDED) {
    const found = pattern.exec(message)
    if (found) return { ...fault, ...words(...found.slice(1)) }
  }
  return { ...fault, message }
}
