import { type KeyObject, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isPlausibleTime, StartError } from '@picket/devices'
import { type Clock, type Log, openDataFolder, type Running } from '@picket/devices/runtime'
import { type Dispatcher, startDispatcher } from './alerts/notify/index.ts'
import { unknownChannels } from './alerts/unknown-channels.ts'
import { ensureFirstRunAccounts, startApi } from './api/index.ts'
import { LiveEvents } from './api/live-events.ts'
import { BacktestRunner } from './backtests/backtest-runner.ts'
import { type Broker, startBroker } from './broker/broker.ts'
import { Credentials } from './broker/credentials.ts'
import { RefusalTally } from './broker/refusals.ts'
import { type CloudConfig, checkListen } from './config.ts'
import { createFeed, type Feed } from './feed.ts'
import { GuardComparison } from './guards/comparison.ts'
import { Guards } from './guards/guards.ts'
import { ensureSigningKey } from './guards/signing-key.ts'
import { BatchIntake } from './ingest/batch-intake.ts'
import { SHIPPED } from './ingest/configuration-files.ts'
import { ConfigurationKeeper } from './ingest/configuration-keeper.ts'
import { EffectRecorder } from './ingest/effect-recorder.ts'
import { HelloIntake } from './ingest/hello-intake.ts'
import { Ingest } from './ingest/ingest.ts'
import { recoverEngine } from './ingest/recovery.ts'
import { addOwnMetrics } from './own-metrics.ts'
import { startOwnSeries } from './own-series.ts'
import { Publishing } from './publishing/publishing.ts'
import { openReadings, type Readings } from './readings.ts'
import { keptMs, startRetention } from './retention.ts'
import { createServices } from './services.ts'
import { checkInflux } from './stores/influx/config.ts'
import { deviceTags } from './stores/influx/device-tags.ts'
import { openStores, type Stores } from './stores/sqlite/stores.ts'

export interface CloudOptions {
  config: CloudConfig
  /** Turns a path of the configuration into one to open. */
  resolve: (path: string) => string
  clock: Clock
  log: Log
  /** For the first start: see ensureFirstRunAccounts. */
  adminPassword?: string | undefined
  adminToken?: string | undefined
  /** Called when a commit has failed: the process must end. */
  onFailure: (error: unknown) => void
}

export interface RunningCloud extends Running {
  httpPort: number
  mqttPort: number
  /** The admin's password, if this start made one: to be shown once. */
  generatedPassword: string | undefined
  /** Resolves when everything that came in has been committed. */
  idle(): Promise<void>
}

/**
 * Starts the cloud: first what keeps and judges, then the API, and last the broker, so that nothing comes in
 * before there is somebody to keep it.
 *
 * @throws StartError where the configuration, the data folder or a port cannot be used
 */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  checkListen(options.config)
  if (options.config.influx) checkInflux(options.config.influx)
  const keepMs = keptMs(options.config.keep)
  const dataFolder = options.resolve(options.config.data)
  openDataFolder(dataFolder)
  const keeper = openConfiguration(options)
  let credentials = new Credentials(keeper.current.registry, options.resolve)
  const stores = openStores(join(dataFolder, 'cloud.db'))
  const accounts = await ensureFirstRunAccounts(stores.accounts, { ...options, randomBytes })
  const key = ensureSigningKey(dataFolder)
  const core = await startCore(options, { stores, keeper, key })
  let disconnect = (_gateway: string): void => {}
  keeper.watch(compiled => {
    try {
      const before = credentials
      credentials = new Credentials(compiled.registry, options.resolve)
      // Whoever came in with what is revoked must not stay.
      for (const gateway of before.revokedBy(credentials)) disconnect(gateway)
      void core.publishing.takeFiles(compiled)
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      options.log.error({ message: error.message }, 'the changed registry cannot be used; the old one stays')
    }
  })
  const doors = await openDoors(options, { ...core, keeper, credentials: () => credentials, dataFolder })
  disconnect = doors.broker.disconnect
  const { ingest, feed } = core
  const { readingsExpired } = feed.metrics
  const onExpired = (count: number): void => readingsExpired.add(count)
  const stopRetention =
    keepMs && startRetention(keepMs, { ...options, ingest, expiry: stores.expiry, onExpired })
  return {
    httpPort: doors.api.port,
    mqttPort: doors.broker.port,
    generatedPassword: accounts.generatedPassword,
    idle: () => core.ingest.idle(),
    async stop() {
      keeper.stop()
      if (stopRetention) stopRetention()
      await doors.stop()
      await core.dispatcher.stop()
      await core.ingest.stop()
      await core.shipping?.stop()
      core.feed.metrics.stop()
      await stores.close()
    },
  }
}

function openConfiguration({ config, resolve, log }: CloudOptions): ConfigurationKeeper {
  return new ConfigurationKeeper(
    {
      packs: (config.rules ?? [SHIPPED.packs]).map(resolve),
      models: [SHIPPED.models, ...(config.models ?? [])].map(resolve),
      registry: resolve(config.registry),
    },
    config.notify.channels.map(({ name }) => name),
    log,
  )
}

/** What keeps and judges. */
interface Core extends Readings {
  /** Rules in force that notify a channel that the cloud lacks, in words. */
  unknownChannels: () => string[]
  stores: Stores
  events: LiveEvents
  ingest: Ingest
  dispatcher: Dispatcher
  feed: Feed
  publishing: Publishing
  guards: Guards
  comparison: GuardComparison
}

async function startCore(
  options: CloudOptions,
  { stores, keeper, key }: { stores: Stores; keeper: ConfigurationKeeper; key: KeyObject },
): Promise<Core> {
  const { config, resolve, clock, log, onFailure } = options
  const channels = config.notify.channels.map(({ tokenFile, ...channel }) =>
    tokenFile === undefined ? channel : { ...channel, tokenFile: resolve(tokenFile) },
  )
  const channelNames = new Set(channels.map(({ name }) => name))
  const events = new LiveEvents()
  const feed = createFeed(events)
  const comparison = new GuardComparison()
  const recovered = recoverEngine(stores.journal, log, keeper.current)
  const { shipping, series } = openReadings(options, stores)
  const ingest = new Ingest(
    {
      ...stores,
      clock,
      stopwatch: () => performance.now(),
      log,
      engines: recovered.engines,
      batches: new BatchIntake(stores),
      hellos: new HelloIntake(stores.gateways, stores.ledger),
      effects: new EffectRecorder(stores, channelNames, log, comparison),
      onCommit(committed) {
        feed.onCommit(committed)
        shipping?.heed(performance.eventLoopUtilization().active)
        if (committed.configured) {
          warnOfChannels()
          void guards.follow()
          shipping?.describe(deviceTags(ingest.compiled.registry))
        }
        if (committed.stoppedShadow) void publishing.shadowStopped(committed.stoppedShadow)
      },
      onFailure,
    },
    recovered.engines.compiled ?? keeper.current,
  )
  const unheard = () => unknownChannels(ingest.compiled.rules, channelNames)
  const warnOfChannels = (): void => unheard().forEach(fault => void log.warn(fault))
  const guards = new Guards({ store: stores.guards, ingest, key, clock, log })
  const publishing = new Publishing({ ruleSets: stores.ruleSets, ingest, clock, log })
  const dispatcher = startDispatcher({
    outbox: stores.notifications,
    groups: stores.notifications,
    channels,
    clock,
    log,
    fetch,
    random: Math.random,
    onFailure: () => feed.metrics.notificationFailures.add(),
  })
  feed.onNotifications(() => dispatcher.wake())
  if (recovered.engines.compiled) {
    warnOfChannels()
    await ingest.resume()
  }
  if (recovered.refused.length > 0) await publishing.fallBack(keeper.current, recovered.refused)
  await publishing.takeFiles(keeper.current)
  await publishing.meetShadow()
  await guards.follow()
  shipping?.start(deviceTags(ingest.compiled.registry))
  return {
    stores,
    events,
    ingest,
    dispatcher,
    feed,
    publishing,
    guards,
    comparison,
    shipping,
    series,
    unknownChannels: unheard,
  }
}

interface DoorParts extends Core {
  keeper: ConfigurationKeeper
  credentials: () => Credentials
  dataFolder: string
}

async function openDoors({ config, resolve, clock, log }: CloudOptions, parts: DoorParts) {
  const { ingest, events, feed, stores } = parts
  const refusals = new RefusalTally()
  const refusedAt = new Map<string, number>()
  const idOf = (name: string): string => ingest.admissions.gatewayOf(name) ?? name
  const listen = ({ host, port, tls }: CloudConfig['http']) =>
    tls ? { host, port, tls: readTls(tls, resolve) } : { host, port }
  let broker: Broker | undefined
  const connected = (gateway: string): boolean => broker?.connected(gateway) ?? false
  const gatewayIds = (): string[] => ingest.compiled.registry.gateways.map(({ id }) => id)
  addOwnMetrics(feed.metrics.page, { ...parts, clock, connected, gatewayIds })
  const backtests = new BacktestRunner(stores.db.name)
  const services = createServices({
    ...{ ...parts, backtests, clock, log, resolve },
    ...{ metrics: feed.metrics, connected },
  })
  const api = await startApi(services, {
    ...listen(config.http),
    ...(config.console === undefined ? {} : { consoleFolder: resolve(config.console) }),
    ...(config.trustedProxies ? { trustedProxies: config.trustedProxies } : {}),
  })
  broker = await startBroker({
    ...listen(config.mqtt),
    log,
    // Whose id is in a registry that is not in force yet waits.
    authenticate: (name, password) =>
      ingest.admissions.gatewayOf(name) !== undefined && parts.credentials().check(name, password),
    namesOf: name => ingest.admissions.namesOf(name),
    async greet(name, hello) {
      const welcome = await ingest.greet(name, hello)
      if (!welcome) refusedAt.set(idOf(name), clock.now())
      const now = clock.now()
      // A cloud that does not know the time has no word on it.
      return welcome && isPlausibleTime(now) ? { ...welcome, now } : welcome
    },
    submit: batch => ingest.submit(batch),
    report(name, reported) {
      void parts.guards.heard(name, reported).then(() => events.send({ type: 'gateway', id: idOf(name) }))
    },
    onRefused(name, what) {
      refusals.add(idOf(name), what)
      feed.metrics.rejections.add()
    },
    onLink(name) {
      events.send({ type: 'gateway', id: idOf(name) })
    },
  })
  feed.onAcknowledgement(broker.acknowledge)
  parts.guards.onSend(broker.desire)
  const stopOwnSeries = startOwnSeries({
    ...parts,
    clock,
    log,
    alarms: stores.alarms,
    gateways: stores.gateways,
    gatewayIds,
    refusedAt: gateway => refusedAt.get(gateway),
    refusals,
  })
  return {
    api,
    broker,
    async stop() {
      stopOwnSeries()
      await broker?.stop()
      await backtests.stop()
      await api.stop()
    },
  }
}

function readTls(
  { certFile, keyFile }: { certFile: string; keyFile: string },
  resolve: (path: string) => string,
): { cert: string; key: string } {
  try {
    return { cert: readFileSync(resolve(certFile), 'utf8'), key: readFileSync(resolve(keyFile), 'utf8') }
  } catch (error) {
    throw new StartError('tls-files', `cannot read the TLS certificate or key: ${(error as Error).message}`)
  }
}
