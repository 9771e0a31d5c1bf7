// Grafana's side of a data source plugin, in a page: the modules that it lends to plugins, as far as Picket's uses them,
// and the loader of AMD modules. Runs in a browser, after React, ReactDOM and RxJS.
const h = React.createElement

const asField = field => ({ labels: undefined, ...field, config: field.config ?? {} })

class DataSourceApi {
  constructor(settings) {
    Object.assign(this, { name: settings.name, id: settings.id, type: settings.type, uid: settings.uid })
  }
  getRef() {
    return { type: this.type, uid: this.uid }
  }
}

class DataSourcePlugin {
  constructor(DataSourceClass) {
    Object.assign(this, { DataSourceClass, components: {} })
  }
  setConfigEditor(ConfigEditor) {
    this.components.ConfigEditor = ConfigEditor
    return this
  }
  setQueryEditor(QueryEditor) {
    this.components.QueryEditor = QueryEditor
    return this
  }
}

const data = {
  CustomVariableSupport: class {},
  DataSourceApi,
  DataSourcePlugin,
  FieldType: { time: 'time', number: 'number', string: 'string', boolean: 'boolean', other: 'other' },
  LoadingState: { Done: 'Done', Error: 'Error', Loading: 'Loading', Streaming: 'Streaming' },
  toDataFrame: frame => ({
    ...frame,
    fields: frame.fields.map(asField),
    length: frame.fields[0]?.values.length ?? 0,
  }),
}

// Variables of the dashboard, set by the test: name to value.
const variables = {}

const runtime = {
  config: { appSubUrl: '/grafana', bootData: { user: { language: 'en-US' } } },
  getBackendSrv: () => ({
    fetch: ({ url, method }) =>
      new rxjs.Observable(subscriber => {
        const stop = new AbortController()
        fetch(`/grafana${url}`, { method, signal: stop.signal })
          .then(async response => {
            const text = await response.text()
            const isJson = response.headers.get('content-type')?.startsWith('application/json')
            const reply = {
              status: response.status,
              statusText: response.statusText,
              data: isJson ? JSON.parse(text) : text,
            }
            if (!response.ok) throw reply
            subscriber.next(reply)
            subscriber.complete()
          })
          .catch(failure => subscriber.error(failure))
        return () => stop.abort()
      }),
  }),
  getTemplateSrv: () => ({
    getVariables: () => Object.keys(variables).map(name => ({ name })),
    replace: (text, _scopedVars, format) =>
      text.replace(/\$(\w+)|\$\{(\w+)[^}]*\}/g, (reference, one, other) => {
        const name = one ?? other
        return name in variables ? format(variables[name], { name }, () => '') : reference
      }),
  }),
}

const chooser = (props, isMany) =>
  h(
    'select',
    {
      'aria-label': props['aria-label'],
      multiple: isMany,
      value: isMany ? props.value.map(({ value }) => value) : props.value,
      onChange: event => {
        const chosen = [...event.target.selectedOptions].map(({ value }) =>
          props.options.find(one => one.value === value),
        )
        props.onChange(isMany ? chosen : chosen[0])
      },
    },
    props.options.map(({ label, value }) => h('option', { key: value, value }, label)),
  )
const input = ({ width: _width, ...props }) => h('input', props)

const ui = {
  InlineField: ({ label, children }) => h('div', null, h('span', null, label), children),
  InlineFieldRow: ({ children }) => h('div', null, children),
  InlineSwitch: ({ value, ...props }) => h('input', { ...props, type: 'checkbox', checked: value }),
  Input: input,
  MultiSelect: props => chooser(props, true),
  SecretInput: ({ isConfigured, onReset, ...props }) =>
    isConfigured ? h('button', { onClick: onReset }, 'Reset') : input({ ...props, type: 'password' }),
  Select: props => chooser(props, false),
}

const LENT = { react: React, rxjs, '@grafana/data': data, '@grafana/runtime': runtime, '@grafana/ui': ui }

function define(names, make) {
  const missing = names.filter(name => !(name in LENT))
  if (missing.length > 0) throw new Error(`the plugin wants what is not lent: ${missing}`)
  start(make(...names.map(name => LENT[name])).plugin)
}
window.define = Object.assign(define, { amd: {} })

// What a test asks of the plugin.
function start(plugin) {
  const settings = {
    id: 1,
    uid: 'picket',
    type: 'picket-datasource',
    name: 'Picket',
    url: '/api/datasources/proxy/uid/picket',
    jsonData: {},
  }
  const source = new plugin.DataSourceClass(settings)
  const request = (target, range) => ({
    targets: [{ refId: 'A', ...target }],
    range,
    rangeRaw: range.raw ?? { from: '', to: '' },
    scopedVars: {},
    intervalMs: 1000,
    maxDataPoints: 500,
  })
  const following = []
  window.grafana = {
    plugin,
    source,
    variables,
    user: runtime.config.bootData.user,
    /** The last response to a query. */
    ask: (target, range) => rxjs.lastValueFrom(source.query(request(target, range))),
    /** Goes on with a query; `heard` has its responses. */
    follow(target, spanMs) {
      const range = { from: Date.now() - spanMs, to: Date.now(), raw: { from: 'now-1h', to: 'now' } }
      const heard = []
      following.push(source.query(request(target, range)).subscribe(response => heard.push(response)))
      window.grafana.heard = heard
    },
    endAll() {
      for (const one of following.splice(0)) one.unsubscribe()
    },
    choices: query => rxjs.lastValueFrom(source.variables.query({ targets: [query], scopedVars: {} })),
    /** Shows an editor; `changes` has what it says. */
    edit(Editor, props, onChange) {
      const changes = []
      window.grafana.changes = changes
      const Shown = () => {
        const [value, setValue] = React.useState(props.query ?? props.options)
        const change = next => {
          changes.push(next)
          setValue(next)
        }
        return h(Editor, {
          ...props,
          [props.query ? 'query' : 'options']: value,
          datasource: source,
          [onChange]: change,
          onRunQuery() {},
        })
      }
      ReactDOM.render(h(Shown), document.getElementById('editor'))
    },
  }
}
