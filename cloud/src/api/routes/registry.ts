import { Device, Gateway, Site } from '@picket/devices'
import { Type } from 'typebox'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

// Where the cloud finds a password is nobody else's business.
const GatewayEntry = Type.Omit(Gateway, ['passwordFile'])
const RegistryView = Type.Object({
  sites: Type.Array(Site),
  gateways: Type.Array(GatewayEntry),
  devices: Type.Array(Device),
})

/** The registry as a whole. */
export function registryRoutes(api: Api, services: Services): void {
  api.get(
    `${BASE}/registry`,
    {
      schema: {
        operationId: 'getRegistry',
        summary: 'Every site, gateway and device with all that the registry says of it, but for credentials',
        tags: ['devices'],
        response: { 200: RegistryView, ...refusals },
      },
    },
    async () => {
      const { sites, gateways, devices } = services.registry()
      return { sites, devices, gateways: gateways.map(({ passwordFile: _, ...gateway }) => gateway) }
    },
  )
}
