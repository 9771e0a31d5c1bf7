import {
  type AnnotationSupport,
  type DataFrame,
  type DataFrameDTO,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  LoadingState,
  type ScopedVars,
  toDataFrame,
} from '@grafana/data'
import { config, getBackendSrv, getTemplateSrv } from '@grafana/runtime'
import { lastValueFrom, merge, Observable, of, Subject, takeUntil } from 'rxjs'
import { answer } from '../picket/answer.ts'
import { type Choice, choicesFor } from '../picket/choices.ts'
import { type Ask, addressOf, Client, refusalOf, type Span } from '../picket/client.ts'
import type { Context } from '../picket/context.ts'
import { EventStream } from '../picket/event-stream.ts'
import { follow } from '../picket/follow.ts'
import type { Frame } from '../picket/frame.ts'
import { expandNames, type Replace } from '../picket/names.ts'
import { type ChoiceQuery, type PicketQuery, readChoiceQuery, readQuery } from '../picket/query.ts'
import { dataSourceWorks } from '../picket/text.ts'
import type { SavedQuery, Settings } from './settings.ts'
import { PicketVariables } from './variables.ts'
import { language } from './words.ts'

const DEFAULT_POINTS = 1000

/** Readings, alarms and gateways of one Picket cloud, asked through Grafana's proxy, which adds the token. */
export class PicketDataSource extends DataSourceApi<SavedQuery, Settings> {
  readonly #base: string
  readonly #stream: EventStream
  override annotations: AnnotationSupport<SavedQuery> = { getDefaultQuery: () => ({ kind: 'annotations' }) }

  constructor(settings: DataSourceInstanceSettings<Settings>) {
    super(settings)
    this.#base = settings.url ?? ''
    this.#stream = new EventStream(() => new EventSource(this.#ownAddress('events')), after)
    this.variables = new PicketVariables(this)
  }

  override getDefaultQuery(): Partial<SavedQuery> {
    return { kind: 'readings', live: true }
  }

  override filterQuery(query: SavedQuery): boolean {
    return query.hide !== true
  }

  override query(request: DataQueryRequest<SavedQuery>): Observable<DataQueryResponse> {
    const asked = request.targets.filter(target => this.filterQuery(target))
    if (asked.length === 0) return of({ data: [] })
    return merge(...asked.map(target => this.#answers(target, request)))
  }

  /** What a variable may be. */
  async choices(query: Partial<ChoiceQuery>, scopedVars: ScopedVars): Promise<Choice[]> {
    const client = new Client(this.#ask(new Subject()))
    return choicesFor(readChoiceQuery(query), {
      client,
      replace: replaceWith(scopedVars),
      language: language(),
    })
  }

  override interpolateVariablesInQueries(
    queries: SavedQuery[],
    scopedVars: ScopedVars | object,
  ): SavedQuery[] {
    const expand = (names: string[] | undefined): string[] =>
      names ? [...(expandNames(names, replaceWith(scopedVars as ScopedVars)) ?? [])] : []
    return queries.map(query => ({
      ...query,
      datasource: this.getRef(),
      sites: expand(query.sites),
      devices: expand(query.devices),
      quantities: expand(query.quantities),
      levels: expand(query.levels),
    }))
  }

  override async testDatasource(): Promise<{ status: 'success' | 'error'; message: string }> {
    const client = new Client(this.#ask(new Subject()))
    try {
      const { version } = await client.health()
      const { name, role } = await client.session()
      return { status: 'success', message: dataSourceWorks({ version, name, role }, language()) }
    } catch (error) {
      return { status: 'error', message: error instanceof Error ? error.message : String(error) }
    }
  }

  #answers(target: SavedQuery, request: DataQueryRequest<SavedQuery>): Observable<DataQueryResponse> {
    return new Observable(subscriber => {
      const ended = new Subject<void>()
      const respond = (frames: Frame[], state: LoadingState): void =>
        subscriber.next({ key: target.refId, state, data: frames.map(toGrafana) })
      const fail = (error: unknown): void => {
        const { message } = error as Error
        const told = { refId: target.refId, message }
        subscriber.next({
          key: target.refId,
          state: LoadingState.Error,
          data: [],
          error: told,
          errors: [told],
        })
      }
      const client = new Client(this.#ask(ended))
      const context = this.#contextOf(request, client)
      const stop = this.#start(target, { request, context, respond, fail, done: () => subscriber.complete() })
      return () => {
        stop()
        ended.next()
      }
    })
  }

  // Answers once, or goes on where the time range ends now and the query wants to be live.
  #start(target: SavedQuery, asked: Asked): () => void {
    const { context, respond, fail, done } = asked
    let query: PicketQuery
    try {
      query = readQuery(target)
    } catch (error) {
      fail(error)
      done()
      return () => {}
    }
    if (query.live && isUntilNow(asked.request)) {
      const emit = (frames: Frame[]): void => respond(frames, LoadingState.Streaming)
      return follow({ query, context, stream: this.#stream, after, emit, fail })
    }
    answer(query, { ...context(), span: spanOf(asked.request) })
      .then(frames => respond(frames, LoadingState.Done), fail)
      .finally(done)
    return () => {}
  }

  #contextOf(request: DataQueryRequest<SavedQuery>, client: Client): () => Context {
    const { from, to } = spanOf(request)
    const replace = replaceWith(request.scopedVars)
    const stepMs = Math.max(request.intervalMs || 0, (to - from) / (request.maxDataPoints ?? DEFAULT_POINTS))
    return () => {
      const now = Date.now() + 1
      return { client, replace, stepMs, language: language(), span: { from: now - (to - from), to: now } }
    }
  }

  #ask(ended: Subject<void>): Ask {
    return async address => {
      const url = `${this.#base}/${address}`
      const asked = getBackendSrv().fetch({ url, method: 'GET', showErrorAlert: false })
      try {
        return (await lastValueFrom(asked.pipe(takeUntil(ended)))).data
      } catch (error) {
        throw refusalOf(error)
      }
    }
  }

  // Grafana's own client resolves addresses below a sub-path; the browser's event source does not.
  #ownAddress(route: 'events'): string {
    return `${config.appSubUrl ?? ''}${this.#base}/${addressOf(route)}`
  }
}

interface Asked {
  request: DataQueryRequest<SavedQuery>
  context: () => Context
  respond: (frames: Frame[], state: LoadingState) => void
  fail: (error: unknown) => void
  done: () => void
}

function after(delayMs: number, call: () => void): () => void {
  const timer = setTimeout(call, delayMs)
  return () => clearTimeout(timer)
}

// Grafana's ranges include their end.
const spanOf = ({ range }: DataQueryRequest): Span => ({
  from: range.from.valueOf(),
  to: range.to.valueOf() + 1,
})

const isUntilNow = ({ rangeRaw }: DataQueryRequest): boolean => rangeRaw?.to === 'now'

const replaceWith =
  (scopedVars: ScopedVars): Replace =>
  (text, format) =>
    getTemplateSrv().replace(text, scopedVars, format)

const toGrafana = (frame: Frame): DataFrame => toDataFrame(frame as unknown as DataFrameDTO)
