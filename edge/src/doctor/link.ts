import { topics } from '@picket/devices'
import mqtt, { type MqttClient } from 'mqtt'
import { isLoopback } from '../sources/listening.ts'
import type { GatewayState } from '../status/state-socket.ts'
import { isRefused } from '../uplink/subscription.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { REACH_TIMEOUT_MS, reach } from './reach.ts'

const CHECK = 'link'
const PORTS: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883 }

export interface LinkOptions {
  gateway: string
  url: string
  /** Empty where there is none. */
  password: string
  /** What a running gateway says. */
  state: GatewayState | undefined
}

/**
 * The way to the cloud: name, port, TLS, login. A client id can be logged in once, so the login is tried only where the
 * gateway does not run; a running one is asked. A hello is never sent: it would announce a second instance.
 */
export async function examineLink(options: LinkOptions): Promise<Finding[]> {
  const { hostname, port: given, protocol } = new URL(options.url)
  const port = Number(given) || (PORTS[protocol] as number)
  const isTls = protocol === 'mqtts:'
  const findings: Finding[] = []
  if (!isTls && !isLoopback(hostname))
    findings.push(
      warning(
        CHECK,
        `${options.url} has no TLS: whoever is on the way can read the password`,
        'use mqtts:// (cloud.url), or a tunnel',
      ),
    )
  const reached = await examineWay(hostname, port, isTls)
  findings.push(reached)
  if (reached.level === 'fault') return findings
  findings.push(options.state ? said(options.state) : await logIn(options))
  return findings
}

async function examineWay(host: string, port: number, isTls: boolean): Promise<Finding> {
  const reached = await reach(host, port, { isTls })
  if (typeof reached !== 'number') return unreachable(`${host}:${port}`, reached)
  const took = `${reached.toFixed(0)} ms`
  return ok(CHECK, `${host}:${port} is reached${isTls ? ', its certificate is good' : ''} (${took})`)
}

function unreachable(where: string, { code = '', name, message }: NodeJS.ErrnoException): Finding {
  if (name === 'AbortError' || code === 'ETIMEDOUT')
    return fault(CHECK, `${where} does not answer`, 'check the antenna, the SIM, and any firewall on the way')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return fault(
      CHECK,
      `the name of ${where} is not found (${code})`,
      'check cloud.url, and that this machine has a name server (resolvectl)',
    )
  if (code === 'ECONNREFUSED')
    return fault(
      CHECK,
      `${where} refuses the connection`,
      'start the cloud, or correct the port in cloud.url',
    )
  if (/^(ENETUNREACH|EHOSTUNREACH)$/.test(code))
    return fault(CHECK, `no way to ${where} (${code})`, 'bring the network up (ip route, nmcli)')
  return fault(
    CHECK,
    `${where}: ${message}`,
    'the certificate of the cloud must be good here: check its name, its end, the clock of this machine, and NODE_EXTRA_CA_CERTS for an authority of your own',
  )
}

function said({ connected }: GatewayState): Finding {
  if (connected) return ok(CHECK, 'the running gateway has been welcomed by the cloud')
  return fault(
    CHECK,
    'the running gateway has no answer from the cloud',
    'see why in its log: journalctl -u picket-edge -n 50',
  )
}

async function logIn({ gateway, url, password }: LinkOptions): Promise<Finding> {
  if (password === '') return warning(CHECK, 'the login was not tried', 'a password is needed for it')
  let client: MqttClient | undefined
  try {
    client = await mqtt.connectAsync(
      url,
      {
        protocolVersion: 4,
        clientId: gateway,
        username: gateway,
        password,
        connectTimeout: REACH_TIMEOUT_MS,
        reconnectPeriod: 0,
      },
      false,
    )
    const granted = await client.subscribeAsync(topics(gateway).down, { qos: 1 })
    if (isRefused(granted)) throw new Error('the subscription was refused')
    return ok(CHECK, `the cloud accepts the login of ${gateway}; the gateway itself does not run`)
  } catch (error) {
    return fault(
      CHECK,
      `the cloud refuses the login of ${gateway} (${(error as Error).message})`,
      'the password (cloud.passwordFile) and the id must be those that the cloud has for this gateway',
    )
  } finally {
    client?.end(true)
  }
}
