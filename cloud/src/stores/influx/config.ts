import { StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'

/** Where readings are shipped to, beside the embedded store. */
export const InfluxConfig = Type.Object(
  {
    url: Type.String({ maxLength: 2048, description: 'http or https, without user and password' }),
    version: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3)], {
      default: 2,
      description: 'of the server: 1 is written to at /write, 2, 3 and victoria-metrics at /api/v2/write',
    }),
    org: Type.String({ default: '', description: 'organisation, where the server has them' }),
    bucket: Type.String({ minLength: 1, description: 'bucket, or database of version 1 and 3' }),
    tokenFile: Type.Optional(
      Type.String({ description: 'file that holds the token, or user:password for version 1' }),
    ),
    read: Type.Union([Type.Literal('local'), Type.Literal('influxql'), Type.Literal('flux')], {
      default: 'local',
      description: 'what charts and programs read: the embedded store, or the server in one of its languages',
    }),
  },
  { additionalProperties: false },
)
export type InfluxConfig = Static<typeof InfluxConfig>

/**
 * Refuses an address that cannot be used or that holds a secret. The address is not repeated.
 *
 * @throws StartError
 */
export function checkInflux({ url, version, read }: InfluxConfig): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol))
    throw new StartError('influx-url', 'influx.url is no http or https address')
  if (parsed.username || parsed.password || parsed.search)
    throw new StartError(
      'influx-credentials',
      'influx.url holds a user, a password or a query; put the token into a file and name it with influx.tokenFile',
    )
  if (read === 'flux' && version !== 2)
    throw new StartError('influx-read', `influx.read: version ${version} has no Flux; use influxql`)
}

/** The configuration with the token's file as a path of this machine. */
export const withTokenFile = (
  { tokenFile, ...rest }: InfluxConfig,
  resolve: (path: string) => string,
): InfluxConfig => (tokenFile === undefined ? rest : { ...rest, tokenFile: resolve(tokenFile) })
