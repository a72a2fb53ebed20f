/** A runtime like AWS Lambda's: one invocation a line of standard input, its outcome on a line of standard output. */
import { createInterface } from 'node:readline'
import { Metrics } from '../streamgauge.mjs'

const m = new Metrics()

const handler = m.lambdaHandler(async (event) => {
  for (const [type, name, value, labels] of event.samples ?? []) {
    m[type](name, ['NaN', 'Infinity'].includes(value) ? Number(value) : value, labels)
  }
  const settled = []
  for (const key of event.pushes ?? []) settled.push(await m.push({ key }))
  if ('raise' in event) throw new Error(event.raise)
  return { echo: event.echo, settled }
}, { errors: true })

async function invoke(event) {
  const end = performance.now() + (event.remaining ?? 3000)
  const context = { getRemainingTimeInMillis: () => Math.max(0, end - performance.now()) }
  try {
    return { result: await handler(event, context), dropped: m.dropped }
  } catch (error) {
    return { error: error.message, dropped: m.dropped }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await invoke(JSON.parse(line))))
}
