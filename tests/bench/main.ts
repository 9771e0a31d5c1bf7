// `npm run bench` measures the whole path; `npm run bench -- rules` the rule engine and
// backtests, `npm run bench -- codecs` the codecs, `npm run bench -- edge` the gateway alone, `npm run bench -- influx` what
// shipping to InfluxDB costs.

const [what = 'path', ...words] = process.argv.slice(2)
if (what === 'rules') await (await import('./rules.ts')).benchRules()
else if (what === 'codecs') await (await import('./codecs.ts')).benchCodecs()
else if (what === 'edge') await (await import('./edge.ts')).benchEdge(words)
else if (what === 'influx') await (await import('./shipping.ts')).benchShipping(words)
else if (what === 'path') await (await import('./whole-path.ts')).benchWholePath()
else {
  process.stderr.write(`bench: "${what}" is no bench (path, edge, rules, codecs or influx)\n`)
  process.exitCode = 1
}
