import { execFile } from 'node:child_process'
import type { Log, Running } from '@picket/devices/runtime'

const PROGRAM = 'systemd-notify'
/** A third of the watchdog's time, so that one lost word does no harm. */
const WORDS_PER_PERIOD = 3
const ANSWER_TIMEOUT_MS = 10_000

/**
 * Tells systemd that the gateway is ready, and then again and again that its event loop turns: where it does not, systemd
 * kills and starts it again (`WatchdogSec`). Without systemd, nothing is told. Node has no UNIX datagram sockets, so
 * systemd's own program says it (sd_notify(3); the unit needs NotifyAccess=all).
 *
 * @param environment - NOTIFY_SOCKET and WATCHDOG_USEC, as systemd sets them
 */
export function underSystemd<R extends Running>(
  running: R,
  { environment, log }: { environment: Record<string, string | undefined>; log: Log },
): R {
  const { NOTIFY_SOCKET, WATCHDOG_USEC } = environment
  if (!NOTIFY_SOCKET) return running
  const notify = (word: string): void => {
    const env = { PATH: environment.PATH, NOTIFY_SOCKET }
    execFile(PROGRAM, [word], { env, timeout: ANSWER_TIMEOUT_MS }, error => {
      if (error) log.error({ error, word }, 'systemd cannot be told how the gateway is')
    })
  }
  notify('READY=1')
  const periodMs = Number(WATCHDOG_USEC ?? 0) / 1000
  // Real time, whatever clock the gateway runs on.
  const timer = periodMs > 0 && setInterval(() => notify('WATCHDOG=1'), periodMs / WORDS_PER_PERIOD)
  return {
    ...running,
    async stop() {
      if (timer) clearInterval(timer)
      notify('STOPPING=1')
      await running.stop()
    },
  }
}
