import { StartError } from '@picket/devices'
import { loadConfig } from '@picket/devices/runtime'
import { GatewayConfig } from '../config.ts'
import { askState } from '../status/state-socket.ts'
import { setOverride, type Wish } from './set-override.ts'

/**
 * `picket-edge output`: switches an output by hand, for a while.
 *
 * @returns what to print
 * @throws StartError where that cannot be
 */
export async function switchByHand(file: string, wish: Wish): Promise<string> {
  const { config, resolve } = loadConfig(file, GatewayConfig)
  if (!config.guard)
    throw new StartError('no-guard', `${file} has no guard: nothing switches the outputs of this gateway`)
  const folder = resolve(config.data)
  const declared = Object.keys(config.outputs)
  const state = await askState(folder)
  const runs = typeof state === 'object'
  // The machine's clock may be wrong while the gateway knows the time.
  const now = runs ? state.clock.now : Date.now()
  const override = setOverride(wish, { folder, declared, now })
  const done = override
    ? `${wish.output} is to be ${wish.state} until ${new Date(override.until).toISOString()}, then as the rules say`
    : `${wish.output} is as the rules say`
  return runs ? done : `${done}; the gateway does not run: it follows when it is started`
}
