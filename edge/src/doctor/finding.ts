/** What one check found. */
export interface Finding {
  /** What was looked at, such as `clock` or `source mqtt`. */
  check: string
  level: 'ok' | 'warning' | 'fault'
  message: string
  /** What a person is to do; with every warning and fault. */
  remedy?: string
}

export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message })

export const warning = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'warning',
  message,
  remedy,
})

export const fault = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'fault',
  message,
  remedy,
})
