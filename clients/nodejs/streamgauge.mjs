/**
 * Sends metrics to Streamgauge from short-lived processes. Copy this file; it needs `fetch` and nothing else, so it
 * runs in Node.js 20, Deno, Bun and Cloudflare Workers.
 *
 *     const m = new Metrics() // STREAMGAUGE_URL, _KEY, _TENANT, _LABELS and _TIMEOUT, or { url, key, ... }
 *
 *     export const handler = m.lambdaHandler(async (event, context) => {
 *       m.counter('orders_total', 1, { region: 'eu' })
 *     })
 *
 * A push never throws, and takes at most the timeout. How it behaves when the server does not: clients/README.md.
 */

/** @typedef {Record<string, unknown>} Labels */
/** @typedef {'counter' | 'gauge' | 'histogram' | 'summary'} Type */
/** @typedef {{ help?: string, unit?: string, buckets?: number[], quantiles?: number[] }} Description */
/**
 * @typedef {object} Sample
 * @property {string} name
 * @property {Type} type
 * @property {Record<string, string>} labels
 * @property {number} [value]
 * @property {number[]} [values]
 * @property {number} [timestamp]
 */
/**
 * The bytes of one push with their key; both stay the same in every attempt.
 * @typedef {object} Body
 * @property {Uint8Array<ArrayBuffer>} content
 * @property {number} samples
 * @property {string} key
 * @property {number} since
 * @property {boolean} sent
 * @property {boolean} accepted
 */

const MAX_BYTES = 1024 * 1024 // of samples as JSON, which are less than 10,000
const MAX_VALUES = 1_000 // of one histogram or summary sample
const MAX_KEPT_BYTES = 256 * 1024
const MAX_KEPT_MILLIS = 9 * 60_000 // the server forgets an Idempotency-Key after 10 minutes
const MAX_IDLE_MILLIS = 30_000 // of a connection: while a function is frozen, balancers forget it without a sign
const MAX_RETRY_AFTER_MILLIS = 600_000
const MAX_ANSWER_BYTES = 64 * 1024
const BYTES_OF_NUMBER = 25 // the longest double with its comma

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/
const CONTROL = /[\x00-\x1f\x7f-\x9f]/ // eslint-disable-line no-control-regex
const VISIBLE_ASCII = /^[!-~]+$/
/** Of errors that come before a request has left. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*)$/

/** Collects samples in memory and pushes them. */
export class Metrics {
  /** Dropped samples by reason. @type {Record<string, number>} */
  dropped = {}
  /** @type {Record<string, number>} */
  #unreported = {}
  /** By series, oldest first. @type {Map<string | symbol, Sample>} */
  #samples = new Map()
  /** At most what samples and descriptions take as JSON. */
  #bytes = 0
  /** @type {Map<string, Description>} */
  #descriptions = new Map()
  /** @type {Map<string, number>} */
  #logged = new Map()
  #pushing = 0
  /** @type {Promise<unknown>} */
  #lastPush = Promise.resolve()
  /** @type {Body | undefined} */
  #kept
  #backoff = 0
  #skipUntil = 0 // wall clock, which alone goes on while an environment is frozen
  #lastUse = 0 // of a connection
  /** @type {URL | undefined} */
  #url
  #timeout
  #labels
  /** @type {Record<string, string>} */
  #headers = { 'Content-Type': 'application/json' }

  /** @param {{ url?: string, key?: string, tenant?: string, labels?: Labels, timeout?: number }} [settings] timeout in seconds */
  constructor({ url, key, tenant, labels, timeout } = {}) {
    const env = globalThis.process?.env ?? {}
    this.#timeout = 1000 * (this.#setting(toSeconds, timeout ?? env.STREAMGAUGE_TIMEOUT) ?? 1)
    this.#labels = this.#setting(toCommonLabels, labels ?? env.STREAMGAUGE_LABELS) ?? {}
    const bearer = this.#setting(toHeader, key ?? env.STREAMGAUGE_KEY)
    if (bearer) this.#headers.Authorization = `Bearer ${bearer}`
    const orgId = this.#setting(toHeader, tenant ?? env.STREAMGAUGE_TENANT)
    if (orgId) this.#headers['X-Scope-OrgID'] = orgId
    this.#url = this.#setting(toUrl, url ?? env.STREAMGAUGE_URL)
    if (!this.#url) this.#warn('url', 'no URL to push to; metrics are not sent')
  }

  /** Adds to a counter. @param {string} name @param {number} [value] @param {Labels} [labels] */
  counter(name, value = 1, labels = {}) {
    this.#collect('counter', name, value, labels)
  }

  /** Sets a gauge; the value carries the time of this call. @param {string} name @param {number} value @param {Labels} [labels] */
  gauge(name, value, labels = {}) {
    this.#collect('gauge', name, value, labels)
  }

  /** Observes a value, to be counted in buckets. @param {string} name @param {number} value @param {Labels} [labels] */
  histogram(name, value, labels = {}) {
    this.#collect('histogram', name, value, labels)
  }

  /** Observes a value, to be shown as quantiles. @param {string} name @param {number} value @param {Labels} [labels] */
  summary(name, value, labels = {}) {
    this.#collect('summary', name, value, labels)
  }

  /**
   * Describes a metric. The server takes this from the first sample that it ever sees.
   * @param {string} name
   * @param {Description} description
   */
  describe(name, { help, unit, buckets, quantiles } = {}) {
    try {
      /** @type {Description} */
      const description = {}
      if (help != null) description.help = toText(help)
      if (unit != null) description.unit = toText(unit)
      if (buckets) description.buckets = buckets.map(toNumber)
      if (quantiles) description.quantiles = quantiles.map(toNumber)
      this.#bytes += sizeOf(description) - sizeOf(this.#descriptions.get(name) ?? {})
      this.#descriptions.set(name, description)
    } catch (error) {
      this.#warn('invalid', `description of ${short(name)} ignored: ${messageOf(error)}`)
    }
  }

  /**
   * Sends what was collected. True if the server has taken all of it.
   *
   * With the id of a message as the key, samples that depend on that message alone count once, however often it is
   * delivered within 10 minutes.
   * @param {{ key?: string }} [options]
   * @returns {Promise<boolean>}
   */
  push({ key } = {}) {
    return this.#push(key, this.#timeout)
  }

  /**
   * Wraps an AWS Lambda handler: pushes when it ends, also when it throws. With `errors`, what it throws is counted
   * as `lambda_errors_total{kind="handler"}`.
   * @template E, C, R
   * @param {(event: E, context: C) => R | Promise<R>} handler
   * @param {{ errors?: boolean }} [options]
   * @returns {(event: E, context: C) => Promise<R>}
   */
  lambdaHandler(handler, { errors = false } = {}) {
    return async (event, context) => {
      try {
        return await handler(event, context)
      } catch (error) {
        if (errors) this.counter('lambda_errors_total', 1, { kind: 'handler' })
        throw error
      } finally {
        await this.#push(undefined, Math.min(this.#timeout, remainingMillis(context)))
      }
    }
  }

  /** @param {Type} type @param {string} name @param {number} value @param {Labels} labels */
  #collect(type, name, value, labels) {
    if (!this.#url) return
    try {
      if (typeof name !== 'string' || !METRIC_NAME.test(name)) throw new Error('not the name of a metric')
      if (type === 'counter' && value < 0) throw new Error('a counter cannot decrease')
      this.#add(type, name, toNumber(value), toLabels(labels, type))
    } catch (error) {
      this.#drop('invalid', 1, `${short(name)}: ${messageOf(error)}`)
    }
  }

  /** @param {Type} type @param {string} name @param {number} value @param {Record<string, string>} labels */
  #add(type, name, value, labels) {
    const series = JSON.stringify([type, name, Object.entries(labels).sort()])
    let sample = this.#samples.get(series)
    if (sample?.values?.length === MAX_VALUES) {
      this.#samples.delete(series)
      this.#samples.set(Symbol(), sample) // takes no more values
      sample = undefined
    }
    if (!sample) {
      sample = type === 'histogram' || type === 'summary' ? { name, type, labels, values: [] } : { name, type, labels, value: 0 }
      this.#samples.set(series, sample)
      this.#bytes += costOf(sample)
    }
    if (sample.values) {
      sample.values.push(value)
      this.#bytes += BYTES_OF_NUMBER
    } else {
      sample.value = type === 'counter' ? toNumber(Number(sample.value) + value) : value
    }
    if (type === 'gauge') sample.timestamp = Date.now()
    this.#enforceBounds()
  }

  #enforceBounds() {
    for (const [series, oldest] of this.#samples) {
      if (this.#bytes <= MAX_BYTES) return
      this.#samples.delete(series)
      this.#bytes -= costOf(oldest)
      this.#drop('full', 1, 'more than 1 MiB waits')
    }
  }

  /** @param {boolean} report whether what was dropped goes along */
  #take(report) {
    if (report) {
      const unreported = this.#unreported
      this.#unreported = {}
      for (const [reason, count] of Object.entries(unreported)) {
        this.#add('counter', 'streamgauge_client_dropped_samples_total', count, { reason })
      }
    }
    const samples = this.#samples
    this.#samples = new Map()
    for (const sample of samples.values()) this.#bytes -= costOf(sample)
    return samples
  }

  /** @param {Map<string | symbol, Sample>} samples */
  #putBack(samples) {
    const newer = this.#samples
    this.#samples = new Map()
    for (const [series, sample] of samples) {
      this.#samples.set(newer.has(series) ? Symbol() : series, sample)
      this.#bytes += costOf(sample)
    }
    for (const [series, sample] of newer) this.#samples.set(series, sample)
    this.#enforceBounds()
  }

  /** With a description in the first sample of each name. @param {Map<unknown, Sample>} samples */
  #render(samples) {
    const descriptions = new Map(this.#descriptions)
    const metrics = [...samples.values()].map((sample) => {
      const description = descriptions.get(sample.name)
      descriptions.delete(sample.name)
      return { ...sample, ...description }
    })
    return toBytes({ labels: this.#labels, metrics })
  }

  /** @param {string} reason @param {number} count @param {string} why */
  #drop(reason, count, why) {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
    this.#unreported[reason] = (this.#unreported[reason] ?? 0) + count
    this.#warn(reason, `samples dropped: ${why}`)
  }

  /** One push at a time. @param {string | undefined} key @param {number} limit in milliseconds */
  async #push(key, limit) {
    if (!this.#url || limit <= 0) return false
    const deadline = performance.now() + limit
    const previous = this.#lastPush
    const turn = this.#pushing++ > 0 ? Promise.race([previous, sleep(limit)]) : previous
    const push = turn
      .then(() => this.#pushAll(key, deadline))
      .catch((error) => {
        this.#warn('failed', `push failed: ${messageOf(error)}`)
        return false
      })
      .finally(() => this.#pushing--)
    this.#lastPush = Promise.all([previous, push])
    return push
  }

  /** @param {string | undefined} key @param {number} deadline */
  async #pushAll(key, deadline) {
    const now = Date.now()
    if (this.#kept && !within(now - this.#kept.since, MAX_KEPT_MILLIS)) {
      this.#drop('unsettled', this.#kept.samples, 'no answer for 9 minutes')
      this.#kept = undefined
    }
    let ready = performance.now() < deadline && !within(this.#skipUntil - now, MAX_RETRY_AFTER_MILLIS)
    if (ready && this.#kept) {
      ready = await this.#settle(this.#kept, deadline)
      if (ready) this.#kept = undefined
    }
    if (!ready && key === undefined) return false // what was never sent waits
    const samples = this.#take(key === undefined)
    if (samples.size === 0) return ready
    if (key !== undefined && !(key.length <= 128 && VISIBLE_ASCII.test(key))) {
      this.#drop('invalid', samples.size, 'their key must be 1 to 128 visible ASCII characters')
      return false
    }
    const content = this.#render(samples)
    /** @type {Body} */
    const body = { content, samples: samples.size, key: key ?? crypto.randomUUID(), since: now, sent: false, accepted: false }
    if (ready && (await this.#settle(body, deadline))) return body.accepted
    if (key === undefined && !body.sent) {
      this.#putBack(samples)
    } else if (!this.#kept && content.length <= MAX_KEPT_BYTES) {
      this.#kept = body
    } else {
      this.#drop('unsettled', body.samples, 'no answer, and no room to keep them')
    }
    return false
  }

  /** Sends until an answer is final. False if there is no time left for that. @param {Body} body @param {number} deadline */
  async #settle(body, deadline) {
    for (let pause = 100; ; pause *= 2) {
      const { problem, wait } = await this.#attempt(body, deadline)
      if (!problem) return true
      const jittered = Math.max(wait, (pause * (1 + Math.random())) / 2)
      if (performance.now() + jittered >= deadline) {
        this.#giveWay(problem, wait)
        return false
      }
      await sleep(jittered)
    }
  }

  /**
   * What prevented a final answer, and for how long the server wants to be left alone.
   * @param {Body} body
   * @param {number} deadline
   * @returns {Promise<{ problem?: string, wait: number }>}
   */
  async #attempt(body, deadline) {
    const abort = new AbortController()
    const left = Math.max(0, deadline - performance.now())
    // An old connection, which fetch gives no means to close, may have died without a sign: leave time for another.
    const old = this.#lastUse > 0 && !within(Date.now() - this.#lastUse, MAX_IDLE_MILLIS)
    const timer = setTimeout(() => abort.abort(new Error('no answer in time')), old ? left / 2 : left)
    this.#lastUse = 0
    try {
      const response = await fetch(/** @type {URL} */ (this.#url), {
        method: 'POST',
        headers: { ...this.#headers, 'Idempotency-Key': body.key },
        body: body.content,
        redirect: 'manual',
        signal: abort.signal,
      })
      body.sent = true
      const content = await contentOf(response)
      if (!abort.signal.aborted) this.#lastUse = Date.now()
      if ([408, 425, 429].includes(response.status) || response.status >= 500) {
        return { problem: `answer ${response.status}`, wait: retryAfterMillis(response.headers.get('Retry-After')) }
      }
      this.#backoff = 0
      this.#report(body, response.status, content)
      if (abort.signal.aborted) this.#giveWay('the answer did not end', 0)
      return { wait: 0 }
    } catch (error) {
      const cause = /** @type {any} */ (error)?.cause ?? error
      if (!NEVER_SENT.test(cause?.code)) body.sent = true
      return old ? this.#attempt(body, deadline) : { problem: `${cause?.code ?? ''} ${messageOf(cause)}`, wait: 0 }
    } finally {
      clearTimeout(timer)
    }
  }

  /** @param {Body} body @param {number} status @param {string} content */
  #report(body, status, content) {
    body.accepted = status >= 200 && status < 300
    let { rejected, error } = rejections(content)
    if (status < 200 || (status >= 300 && status < 400)) error = 'redirects are not followed; correct the URL'
    if (!body.accepted) {
      this.#drop('rejected', body.samples, `${this.#url?.host} answered ${status} ${short(error)}`)
    } else if (rejected) {
      this.#warn('partly', `${rejected} of ${body.samples} samples rejected; the first: ${short(error)}`)
    }
  }

  /** @param {string} problem @param {number} wait */
  #giveWay(problem, wait) {
    this.#backoff = Math.min(Math.max(1000, this.#backoff * 2), 60_000)
    const pause = Math.max(this.#backoff, Math.min(wait, MAX_RETRY_AFTER_MILLIS))
    this.#skipUntil = Date.now() + pause
    this.#warn('failed', `push to ${this.#url?.host} failed, none for ${Math.round(pause / 1000)} s: ${short(problem)}`)
  }

  /**
   * @template V, T
   * @param {(value: V) => T} parse
   * @param {V | undefined} value
   */
  #setting(parse, value) {
    try {
      return value ? parse(value) : undefined
    } catch (error) {
      this.#warn(parse.name, `a setting is ignored: ${messageOf(error)}`)
      return undefined
    }
  }

  /** Logs at most one line a minute of each kind. @param {string} kind @param {string} message */
  #warn(kind, message) {
    const now = Date.now()
    if (within(now - (this.#logged.get(kind) ?? 0), 60_000)) return
    this.#logged.set(kind, now)
    console.warn(`streamgauge: ${message}`)
  }
}

/** The start of an answer, as far as it comes. @param {Response} response */
async function contentOf(response) {
  const decoder = new TextDecoder()
  let content = ''
  try {
    const reader = response.body?.getReader()
    for (let part = await reader?.read(); reader && part?.value; part = await reader.read()) {
      content += decoder.decode(part.value, { stream: true })
      if (content.length > MAX_ANSWER_BYTES) await reader.cancel()
    }
  } catch {
    // The status is known, so the answer is.
  }
  return content
}

/** How many samples were rejected, and why the first. @param {string} content */
function rejections(content) {
  try {
    const { rejected = 0, errors = [], title = '' } = JSON.parse(content)
    return { rejected: Number(rejected), error: String(errors[0]?.message ?? title) }
  } catch {
    return { rejected: 0, error: 'the answer is no JSON' }
  }
}

/** Of seconds or a date; 0 if it is neither, or past. @param {string | null} value */
function retryAfterMillis(value) {
  if (!value) return 0
  const millis = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return millis > 0 ? millis : 0
}

/** @param {any} context */
function remainingMillis(context) {
  try {
    return context.getRemainingTimeInMillis() - 100
  } catch {
    return Infinity
  }
}

/** @param {Labels} labels @param {Type} [type] */
function toLabels(labels, type) {
  /** @type {Record<string, string>} */
  const checked = {}
  for (const [name, value] of Object.entries(labels ?? {})) {
    const reserved = (type === 'histogram' && name === 'le') || (type === 'summary' && name === 'quantile')
    if (reserved || !LABEL_NAME.test(name)) throw new Error(`${short(name)} cannot be the name of a label`)
    const text = value == null ? '' : toText(value)
    if (CONTROL.test(text)) throw new Error(`label ${short(name)} has a control character`)
    if (text) checked[name] = text
  }
  return checked
}

/** @param {unknown} value */
function toText(value) {
  const text = String(value)
  if (!text.isWellFormed()) throw new Error('text with a lone surrogate')
  return text
}

/** @param {unknown} value */
function toNumber(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('not a finite number')
  return value
}

/** @param {string | number} value */
function toSeconds(value) {
  const seconds = Number(value)
  if (!(seconds > 0 && seconds <= 60)) throw new Error('the timeout must be 0 to 60 seconds')
  return seconds
}

/** @param {string | Labels} value such as `region=eu,function=checkout` */
function toCommonLabels(value) {
  if (typeof value !== 'string') return toLabels(value)
  const pairs = value.split(',').filter((pair) => pair.trim())
  return toLabels(Object.fromEntries(pairs.map((pair) => [pair.split('=')[0].trim(), pair.replace(/^[^=]*=?/, '').trim()])))
}

/** @param {string} value */
function toHeader(value) {
  if (!VISIBLE_ASCII.test(value.trim())) throw new Error('a key and a tenant must be visible ASCII characters')
  return value.trim()
}

/** @param {string} value */
function toUrl(value) {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('the URL must be like https://metrics.example.com')
  url.username = url.password = url.hash = ''
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/metrics`
  return url
}

/** At most how many bytes the sample takes as JSON, without a description. @param {Sample} sample */
function costOf({ name, labels, values }) {
  return sizeOf([name, labels]) + 100 + BYTES_OF_NUMBER * (values?.length ?? 1)
}

/** @param {unknown} value */
function sizeOf(value) {
  return toBytes(value).length
}

/** @param {unknown} value */
function toBytes(value) {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** @param {number} millis @param {number} limit */
function within(millis, limit) {
  return millis >= 0 && millis < limit
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}

/** @param {unknown} text */
function short(text) {
  return String(text).slice(0, 300)
}

/** @param {number} millis @returns {Promise<void>} */
function sleep(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis))
}
