import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Why browser tests cannot run here; undefined when they can. In CI they must. */
export const noBrowser: string | undefined =
  existsSync(CHROMIUM) || process.env.CI === 'true'
    ? undefined
    : `browser tests skip: there is no ${CHROMIUM}; install Debian's package chromium to run them`

const OPTIONS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Runs something in a browser of its own; what the page logs as an error ends up in `errors`. */
export async function withBrowser<T>(
  use: (context: BrowserContext, errors: string[]) => Promise<T>,
  locale = 'en-GB',
): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'picket-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: OPTIONS,
    locale,
    viewport: { width: 1280, height: 900 },
  })
  const errors: string[] = []
  context.on('weberror', error => errors.push(error.error().message))
  try {
    return await use(context, errors)
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
