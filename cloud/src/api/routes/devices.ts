import { Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { DeviceParams, DeviceView, SiteView } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'
import { deviceView, fieldDevices, findDevice, latestByDevice, siteView } from './directory.ts'

/** Devices with their last values, and the sites they stand on. */
export function deviceRoutes(api: Api, services: Services): void {
  api.get(
    `${BASE}/devices`,
    {
      schema: {
        operationId: 'listDevices',
        summary: 'Every device of the registry with its last values and freshness',
        tags: ['devices'],
        response: { 200: Type.Object({ devices: Type.Array(DeviceView) }), ...refusals },
      },
    },
    async () => {
      const latest = latestByDevice(services)
      return {
        devices: fieldDevices(services).map(device =>
          deviceView(services, device, latest.get(device.id) ?? new Map()),
        ),
      }
    },
  )

  api.get(
    `${BASE}/devices/:device`,
    {
      schema: {
        operationId: 'getDevice',
        summary: 'One device; gateways and the cloud are devices of their own series',
        tags: ['devices'],
        params: DeviceParams,
        response: { 200: DeviceView, ...refusals },
      },
    },
    async ({ params }) => {
      const device = findDevice(services, params.device)
      if (!device) throw unknownDevice(params.device)
      return deviceView(services, device, latestByDevice(services).get(device.id) ?? new Map())
    },
  )

  api.get(
    `${BASE}/sites`,
    {
      schema: {
        operationId: 'listSites',
        summary: 'Every site of the registry',
        tags: ['devices'],
        response: { 200: Type.Object({ sites: Type.Array(SiteView) }), ...refusals },
      },
    },
    async () => ({ sites: services.registry().sites.map(siteView) }),
  )
}

export const unknownDevice = (id: string): ApiError =>
  new ApiError('not-found', `there is no device "${id}" in the registry`)
