import { idsOf, presentNames, seriesName } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { Engine, Withheld } from '@picket/rules'
import { ruleViews } from './alerts/rule-views.ts'
import type { CloudMetrics, Services } from './api/index.ts'
import type { LiveEvents } from './api/live-events.ts'
import type { BacktestBody } from './api/schemas.ts'
import type { BacktestRunner } from './backtests/backtest-runner.ts'
import type { GuardComparison } from './guards/comparison.ts'
import type { Guards } from './guards/guards.ts'
import { ClockWords } from './ingest/clock-words.ts'
import type { ConfigurationKeeper } from './ingest/configuration-keeper.ts'
import type { Compiled } from './ingest/engine-host.ts'
import type { Ingest } from './ingest/ingest.ts'
import { OperatorActions } from './ingest/operator-actions.ts'
import type { Publishing } from './publishing/publishing.ts'
import { ruleSetServices } from './publishing/rule-set-services.ts'
import { RegistryImport } from './registry/registry-import.ts'
import type { GatewayStatus, TimeSeriesStore } from './stores/ports.ts'
import type { Stores } from './stores/sqlite/stores.ts'

export interface ServiceParts {
  clock: Clock
  log: Log
  stores: Stores
  /** Where charts and programs read. */
  series: TimeSeriesStore
  keeper: ConfigurationKeeper
  ingest: Ingest
  publishing: Publishing
  unknownChannels: () => string[]
  backtests: BacktestRunner
  events: LiveEvents
  metrics: CloudMetrics
  connected: (gateway: string) => boolean
  guards: Guards
  comparison: GuardComparison
  /** Turns a path of the configuration into one to open. */
  resolve: (path: string) => string
}

/** What the API stands on, from the parts of a running cloud. */
export function createServices(parts: ServiceParts): Services {
  const { stores, keeper, ingest, publishing, events, clock, log } = parts
  const actions = new OperatorActions(ingest)
  const clockWords = new ClockWords(ingest, stores)
  const imports = new RegistryImport({
    file: keeper.registryFile,
    resolve: parts.resolve,
    configuration: () => ingest.compiled.configuration,
    log,
  })
  return {
    clock,
    log,
    registry: () => ingest.compiled.registry,
    importRegistry: request => imports.run(request),
    get models() {
      return ingest.compiled.models
    },
    series: parts.series,
    alarms: stores.alarms,
    accounts: stores.accounts,
    gateways: () => gatewayStates(parts),
    custody: gateway => stores.ledger.custody(gateway),
    clocks: (gateway, limit) =>
      stores.clocks
        .list(gateway, limit)
        .map(clock => ({ ...clock, waiting: clockWords.waiting(gateway, clock) })),
    tellClock: word => clockWords.tell(word),
    actions: (gateway, limit) => stores.guards.actions(gateway, limit),
    override: ({ gateway, on, durationMs, ...rest }) =>
      parts.guards.override(gateway, {
        ...rest,
        until: clock.now() + durationMs,
        ...(on === null ? {} : { on }),
      }),
    recordings: () =>
      ingest.compiled.rules.flatMap(({ select, record }) => record.map(one => ({ select, ...one }))),
    rejections: filter => stores.quarantine.rejections(filter),
    rules: overrides => ({
      revision: ingest.compiled.revision,
      loadedAt: ingest.configuredAt,
      rules: ruleViews(ingest.compiled.rules, clock.now(), overrides),
      faults: keeper.faults,
      stopped: ingest.ruleFaults,
      unknownChannels: parts.unknownChannels(),
      ruleSet: stores.ruleSets.live() ?? null,
      filesWait: publishing.filesDiffer() ?? null,
      fellBack: publishing.fellBack() ?? null,
    }),
    explain: (rule, scope) =>
      ingest.look(({ engine }) => explanationOf(engine, rule, presentPlace(ingest.compiled, rule, scope))),
    ruleSets: ruleSetServices(stores.ruleSets, publishing),
    async acknowledge({ alarm, by, note }) {
      const known = stores.alarms.get(alarm)?.alarm
      if (!known) return 'unknown'
      if (known.retrospective) return 'not-active'
      const done = await actions.acknowledge({ episode: alarm, by, ...(note === undefined ? {} : { note }) })
      return done ? 'acknowledged' : 'already'
    },
    async reset({ alarm, by, note }) {
      if (!stores.alarms.get(alarm)) return 'unknown'
      const done = await actions.reset({ episode: alarm, by, ...(note === undefined ? {} : { note }) })
      if (done) return 'reset'
      return ingest.look(({ engine }) => (deciderOf(engine, alarm) === null ? 'not-latched' : 'not-over'))
    },
    flags: stores.flags,
    setFlag: request => actions.flag(request),
    endFlag: request => actions.unflag(request),
    notifications: alarm => stores.notifications.ofAlarm(alarm),
    standing: alarm =>
      ingest.look(({ engine }) => ({
        withheld: [...engine.withheld(alarm), ...unheard(engine, alarm, ingest.compiled)],
        decidedBy: deciderOf(engine, alarm),
      })),
    backtest: (body, tell) => startBacktest(parts, body, tell),
    warmBacktests: () => parts.backtests.warm(),
    listen: listener => events.listen(listener),
    metrics: parts.metrics.page,
  }
}

// The gateway that says when an alarm is over that runs.
function deciderOf(engine: Engine, alarm: string): string | null {
  const open = engine.episodes.get(alarm)
  return open?.level == null ? null : (open.decidedBy ?? null)
}

// That nobody whom the rule of an open alarm names is there keeps it from being told, too.
function unheard(engine: Engine, alarm: string, { rules, configuration }: Compiled): Withheld[] {
  const open = engine.episodes.get(alarm)
  const notify = rules.find(({ id }) => id === open?.rule.id)?.notify ?? []
  const { channels } = configuration
  if (!channels || notify.some(channel => channels.includes(channel))) return []
  return notify.map(channel => ({ by: 'no such channel', channel }))
}

// A place may be named by an id that it had.
function presentPlace({ registry, rules }: Compiled, rule: string, place: string): string {
  const present = presentNames(registry)
  return rules.find(({ id }) => id === rule)?.per === 'site' ? present.site(place) : present.device(place)
}

function explanationOf(engine: Engine, rule: string, scope: string) {
  const trace = engine.explain(rule, scope)
  if (!trace) return undefined
  const running = [...engine.episodes].find(
    ([, episode]) =>
      episode.rule.id === rule && (episode.device ?? episode.site) === scope && episode.level !== null,
  )
  const alarm = running ? { id: running[0], level: running[1].level } : null
  return { at: engine.now, alarm, trace }
}

function startBacktest(
  { backtests, ingest }: ServiceParts,
  { candidate, against, ...rest }: Parameters<Services['backtest']>[0],
  tell: Parameters<Services['backtest']>[1],
): { giveUp: () => void } | undefined {
  if (backtests.busy) return undefined
  const { packs, models, registry } = ingest.compiled.configuration
  const packsOf = (source: BacktestBody['candidate']) => (source === 'live' ? packs : source)
  const request = {
    ...rest,
    candidate: packsOf(candidate),
    ...(against === undefined ? {} : { against: packsOf(against) }),
    models,
    registry,
  }
  return { giveUp: backtests.run(request, tell) }
}

function gatewayStates({ stores, ingest, connected, comparison }: ServiceParts): GatewayStatus[] {
  const latest = stores.readings.latest()
  return ingest.compiled.registry.gateways.map(({ id, formerly, site }) => {
    const names = idsOf({ id, formerly })
    const { instance, conflict, lastSeen } = stores.gateways.get(id)
    const model = ingest.compiled.models.get('gateway')
    const values = Object.keys(model?.quantities ?? {}).flatMap(quantity => {
      const readings = names.flatMap(name => latest.get(seriesName(name, quantity)) ?? [])
      const [newest] = readings.sort((a, b) => b.t - a.t)
      return newest ? [[quantity, newest.v] as const] : []
    })
    return {
      id,
      site: site ?? null,
      connected: connected(id),
      lastSeen,
      status: Object.fromEntries(values),
      instance,
      conflict,
      guard: guardStatus(id, { stores, comparison }),
    }
  })
}

function guardStatus(
  gateway: string,
  { stores, comparison }: Pick<ServiceParts, 'stores' | 'comparison'>,
): GatewayStatus['guard'] {
  const { revision, reported, reportedAt, overrides } = stores.guards.get(gateway)
  if (revision === 0 && !reported) return null
  return {
    revision,
    reported,
    reportedAt,
    overrides: [...overrides],
    differences: comparison.differences(gateway),
  }
}
