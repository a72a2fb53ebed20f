/** An AWS Lambda function that does as its event says. */
import { Metrics } from '../streamgauge.mjs'

const m = new Metrics()

const work = m.lambdaHandler(async (event) => {
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
