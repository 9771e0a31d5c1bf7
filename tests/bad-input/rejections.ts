import { type ApiClient, eventually } from '../support/api-client.ts'

/** Refused input as the API lists it. */
export interface Rejection {
  id: number
  where: string
  gateway: string | null
  source: string
  reason: string
  count: number
  sample: string
}

/** The newest first. */
async function listRejections(api: ApiClient): Promise<Rejection[]> {
  return (await api.get<{ rejections: Rejection[] }>('/rejections?limit=1000')).rejections
}

/** Does something bad and waits until the API shows that it was refused for the reason. */
export async function refusedBecause(
  api: ApiClient,
  reason: RegExp,
  { act, look = async () => {} }: { act: () => Promise<unknown>; look?: () => Promise<void> },
): Promise<Rejection> {
  const newest = (await listRejections(api))[0]?.id ?? 0
  await act()
  const added = async (): Promise<Rejection[]> => {
    await look()
    return (await listRejections(api)).filter(({ id }) => id > newest)
  }
  const found = await eventually(added, list => list.some(one => reason.test(one.reason)), 10_000)
  return found.find(one => reason.test(one.reason)) as Rejection
}
