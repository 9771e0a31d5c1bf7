/** A result, or undefined where the inputs have none: what cannot be computed is absent, never a guess. */
export const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined)
