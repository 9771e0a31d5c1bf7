import type { Client } from './client.ts'
import { expandNames, isAsked, type Replace } from './names.ts'
import type { ChoiceQuery } from './query.ts'
import { type Language, nameIn } from './text.ts'

/** A value of a variable and how it is shown. */
export interface Choice {
  text: string
  value: string
}

/** What a variable may be. */
export async function choicesFor(
  query: ChoiceQuery,
  { client, replace, language }: { client: Client; replace: Replace; language: Language },
): Promise<Choice[]> {
  const sites = expandNames(query.sites, replace)
  switch (query.choices) {
    case 'sites':
      return (await client.sites()).map(({ id, name }) => ({ text: nameIn(language, name, id), value: id }))
    case 'gateways':
      return (await client.gateways())
        .filter(({ site }) => isAsked(sites, site))
        .map(({ id }) => ({ text: id, value: id }))
    case 'devices':
      return (await client.devices())
        .filter(({ site }) => isAsked(sites, site))
        .map(({ id, name }) => ({ text: nameIn(language, name, id), value: id }))
    case 'quantities': {
      const devices = expandNames(query.devices, replace)
      const asked = (await client.devices()).filter(
        ({ id, site }) => isAsked(sites, site) && isAsked(devices, id),
      )
      const named = asked.flatMap(device => device.quantities)
      const byId = new Map(named.map(({ quantity, name }) => [quantity, nameIn(language, name, quantity)]))
      return [...byId].map(([value, text]) => ({ text, value }))
    }
  }
}
