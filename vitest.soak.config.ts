import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import tests from './vitest.config.ts'

/** The longest first, so that both cores are busy until the end. */
const LONG = [
  'tests/crash/kills.test.ts',
  'edge/src/sources/fuzz.test.ts',
  'edge/src/power-loss.test.ts',
  'tests/influx/outage.test.ts',
  'devices/src/codecs/**/*.test.ts',
  'tests/guard/renamed.test.ts',
]
/** They say how soon something arrives, which a machine that others load cannot: they come when all else is done. */
const TIMED = ['tests/network/*.test.ts']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      LONG.findIndex(pattern => moduleId.includes(pattern.split('*')[0] as string))
    return files.toSorted((a, b) => place(a) - place(b))
  }
}

// `npm run soak`: the proofs at full length, before a release.
export default defineConfig({
  test: {
    ...tests.test,
    // The projects below add to these.
    include: [],
    env: { PICKET_SOAK: '1' },
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'long', include: LONG, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'timed', include: TIMED, sequence: { groupOrder: 1 } } },
    ],
  },
})
