/** A value at its event time, ms UTC. A value that is missing is NaN. */
export interface Sample {
  t: number
  v: number
}
