import { signal } from '@preact/signals'
import { type Answer, cloud } from '../api/client.ts'
import type { WhoAmI } from '../api/shapes.ts'
import { whenUnauthorized } from '../live/resource.ts'

const RETRY_MS = 3000

/** Who is signed in; null for nobody, undefined until the cloud has said. */
export const session = signal<WhoAmI | null | undefined>(undefined)

/** Asks the cloud who is signed in, until it answers. */
export function startSession(): void {
  whenUnauthorized(() => {
    session.value = null
  })
  void askWho()
}

async function askWho(): Promise<void> {
  const answer = await cloud.whoAmI()
  if (answer.ok) session.value = answer.value
  else if (answer.fault.kind === 'unauthorized') session.value = null
  else setTimeout(askWho, RETRY_MS)
}

/** Signs in; the session follows the answer. */
export async function logIn(user: string, password: string): Promise<Answer<WhoAmI>> {
  const answer = await cloud.logIn(user, password)
  if (answer.ok) session.value = answer.value
  return answer
}

/** Signs out. Without the cloud the cookie cannot be taken back, so the page stays signed in and says so. */
export async function logOut(): Promise<Answer<void>> {
  const answer = await cloud.logOut()
  if (answer.ok || answer.fault.kind === 'unauthorized') session.value = null
  return answer
}
