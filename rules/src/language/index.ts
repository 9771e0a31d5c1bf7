// The rule language: packs of YAML rules become rules that the engine runs.
export { compilePack, compilePacks, type PackFile, type PackResult } from './compile-pack.ts'
export {
  type ConditionResult,
  compileCondition,
  type SimpleThreshold,
  simpleThreshold,
} from './condition.ts'
export { type FeatureResult, parseFeature, printFeature } from './feature-text.ts'
export { fillMessage, formatNumber } from './message.ts'
export { overrideFault } from './override.ts'
export { packSchema, ruleSchema } from './pack-schema.ts'
export { printPack } from './print-rule.ts'
