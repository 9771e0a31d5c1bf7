import { alarmLoad } from './alarm-load.ts'
import { alarmMeasures } from './alarm-measures.ts'
import { alarmAnnotations, alarmTable, readAlarms } from './alarms.ts'
import type { Context } from './context.ts'
import type { Frame } from './frame.ts'
import { gatewayTable } from './gateways.ts'
import { expandNames } from './names.ts'
import type { PicketQuery } from './query.ts'
import { readSeries, seriesFrames } from './readings.ts'

/** Answers a query once. */
export async function answer(query: PicketQuery, context: Context): Promise<Frame[]> {
  const { client, language, replace } = context
  switch (query.kind) {
    case 'readings':
      return seriesFrames(await readSeries(query, context), query, language)
    case 'alarms':
      return [alarmTable(await readAlarms(query, context), query.refId, language)]
    case 'annotations':
      return [alarmAnnotations(await readAlarms(query, context), query.refId, context)]
    case 'alarm-load':
      if (query.by === 'measures') {
        return [alarmMeasures(await client.alarmLoad(context.span), query.refId, language)]
      }
      return [alarmLoad(await readAlarms(query, context), { refId: query.refId, by: query.by }, context)]
    case 'gateways': {
      const asked = {
        refId: query.refId,
        sites: expandNames(query.sites, replace),
        gateways: expandNames(query.devices, replace),
      }
      return [gatewayTable(await client.gateways(), asked, language)]
    }
  }
}
