/** An AWS Lambda function that does as its event says. */
import { Metrics } from '../streamgauge.mjs'

crypto.randomUUID = () => 'the-same-in-each-copy-of-the-memory'

const m = new Metrics()

/** Gives the client what it cannot take. */
async function misuse() {
  for (const value of [null, undefined, Symbol('text'), 5n, 'text', NaN, {}, Object.create(null)]) {
    await new Metrics({ url: value, key: value, tenant: value, labels: value, timeout: value }).push()
    await new Metrics(value ?? undefined).push(value)
    m.counter(value, value, value)
    m.gauge('depth', 1, { text: value })
    m.describe(value, value)
    m.describe('depth', { help: value, unit: value, buckets: value })
    await m.push({ timeout: value })
    await m.lambdaHandler(() => {})({}, value)
  }
  await Promise.all([m.push(), m.push()])
  if (process.getActiveResourcesInfo().includes('Timeout')) throw new Error('a timer outlives the pushes')
}

/** An error of Deno's fetch has the URL. */
async function failAsDenoDoes() {
  const { fetch } = globalThis
  globalThis.fetch = async (url) => { throw new TypeError(`error sending request for url (${url})`) }
  const other = new Metrics({ url: 'http://example.com?token=hidden', timeout: 0.01 })
  other.counter('orders_total')
  await other.push()
  globalThis.fetch = fetch
}

const work = m.lambdaHandler(async (event) => {
  if ('misuse' in event) await misuse().then(failAsDenoDoes)
  for (const [type, name, value, labels] of event.samples ?? []) {
    m[type](name, ['NaN', 'Infinity'].includes(value) ? Number(value) : value, labels)
  }
  if ('describe' in event) m.describe(event.describe, { help: 'a "quoted" text', buckets: [0.5, 2] })
  const settled = []
  for (const key of event.pushes ?? []) settled.push(await m.push({ key }))
  if ('raise' in event) throw new Error(event.raise)
  return { echo: event.echo, settled }
}, { errors: true })

export const handler = async (event, context) => ('report' in event ? m.dropped : work(event, context))
