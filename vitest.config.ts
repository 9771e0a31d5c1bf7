import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{devices,rules,edge,cloud,simulators,tests}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    // Two cores: more workers than that make crash and latency tests lie.
    maxWorkers: 2,
    // No module keeps state of its own, so test files may share them: a quarter less to do.
    isolate: false,
  },
})
