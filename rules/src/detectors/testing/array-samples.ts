import { parseFeature } from '../../language/feature-text.ts'
import type { Feature } from '../../rule.ts'
import { type Detector, detectorFor, type Samples } from '../index.ts'

export interface Sample {
  t: number
  v: number
}

/** Samples in an array; those before `first` throw when read. */
export class ArraySamples implements Samples {
  readonly all: Sample[]
  first = 0

  constructor(all: Sample[] = []) {
    this.all = all
  }

  get next(): number {
    return this.all.length
  }

  time(ordinal: number): number {
    return this.#at(ordinal).t
  }

  value(ordinal: number): number {
    return this.#at(ordinal).v
  }

  after(t: number): number {
    const at = this.all.findIndex((sample, ordinal) => ordinal >= this.first && sample.t > t)
    return at < 0 ? this.next : at
  }

  #at(ordinal: number): Sample {
    const sample = this.all[ordinal]
    if (!sample || ordinal < this.first) throw new Error(`sample ${ordinal} is not there`)
    return sample
  }
}

/** A feature from its text, as a rule writes it. Throws where the text is faulty. */
export function featureOf(text: string): Feature {
  const result = parseFeature('x', text)
  if (!result.ok) throw new Error(`${result.fault.message} (${result.fault.hint ?? ''})`)
  return result.feature
}

/** A detector from the text of its feature. */
export const detectorOf = (text: string, parameters: Record<string, number> = {}): Detector =>
  detectorFor(featureOf(text), parameters)
