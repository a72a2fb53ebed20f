/** A runtime like AWS Lambda's: an event on each line of standard input, an outcome on each of standard output. */
import { createInterface } from 'node:readline'
import { handler } from './function.mjs'

async function invoke(event) {
  const end = performance.now() + 1000 * (process.env.AWS_LAMBDA_FUNCTION_TIMEOUT ?? 10)
  const context = { getRemainingTimeInMillis: () => Math.max(0, end - performance.now()) }
  let outcome = await handler(event, context).then((result) => ({ result }), (error) => ({ error: error.message }))
  if (context.getRemainingTimeInMillis() === 0) outcome = { error: 'timed out' }
  return { ...outcome, dropped: await handler({ report: true }, context) }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await invoke(JSON.parse(line))))
}
