/**
 * Sends metrics to Streamgauge from short-lived processes. Copy this file; it needs `fetch` and nothing else, so it
 * runs in Node.js 20, Deno, Bun and Cloudflare Workers.
 *
 *     const m = new Metrics() // STREAMGAUGE_URL, _KEY, _TENANT, _LABELS and _TIMEOUT, or { url, key, ... }
 *
 *     export const handler = m.lambdaHandler(async (event, context) => {
 *       m.counter('orders_total', 1, { region: 'eu' })
 *     })
 */

/**
 * @typedef {Record<string, unknown>} Labels
 * @typedef {(name: string, value: number, labels?: Labels) => void} Collect
 * @typedef {'counter' | 'gauge' | 'histogram' | 'summary'} Type
 * @typedef {{ help?: string, unit?: string, buckets?: number[], quantiles?: number[] }} Description
 * @typedef {{ name: string, type: Type, labels: Labels, value?: number, values?: number[], timestamp?: number }} Sample
 * @typedef {{ key: string, content: Uint8Array<ArrayBuffer>, samples: number, sent: number, accepted: boolean }} Body
 *     of one push; its key and content are the same in every attempt; `sent` is the time of the first, or 0 without one
 */

const MAX_BYTES = 1_000_000 // of waiting samples as JSON, less than 10,000; the server takes 1 MiB with descriptions
const MAX_VALUES = 1_000 // of one histogram or summary sample
const NUMBER_BYTES = 25 // at most, with a comma
const MAX_KEPT_BYTES = 256 * 1024
const MAX_KEPT_MILLIS = 9 * 60_000 // the server forgets an Idempotency-Key after 10 minutes
const MAX_IDLE_MILLIS = 30_000 // of a connection: while a function is frozen, balancers forget it without a sign
const MAX_RETRY_AFTER_MILLIS = 600_000
const MAX_ANSWER_CHARS = 64 * 1024

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/
const NO_TEXT = /[\p{Cc}\p{Cs}]/u // control characters and lone surrogates
const VISIBLE_ASCII = /^[!-~]+$/
const REJECTIONS = /"rejected"\s*:\s*[1-9]/
const RESERVED = { counter: '', gauge: '', histogram: 'le', summary: 'quantile' } // labels
/** Of errors that come before a request has left. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*)$/

/** Collects samples in memory and pushes them. A push never throws, and takes at most the timeout. */
export class Metrics {
  /** Dropped samples by reason. @type {Record<string, number>} */
  dropped = {}
  /** @type {Record<string, number>} */ #reported = {}
  /** By series, oldest first. @type {Map<string | symbol, Sample>} */ #samples = new Map()
  #bytes = 0 // at most what the samples take as JSON
  /** @type {Map<string, Description>} */ #descriptions = new Map()
  /** @type {Map<string, number>} */ #logged = new Map()
  /** @type {Promise<boolean> | undefined} */ #pushing
  /** Has no answer; the next push sends it first. @type {Body | undefined} */ #kept
  #lastUse = 0 // of a connection; times are wall clock, as only that goes on while an environment is frozen
  #skipUntil = 0
  #backoff = 0
  /** @type {Record<string, string>} */ #headers = { 'Content-Type': 'application/json' }
  #timeout
  #labels
  #url

  /** @param {{ url?: string, key?: string, tenant?: string, labels?: Labels, timeout?: number }} [settings] */
  constructor({ url, key, tenant, labels, timeout } = {}) {
    this.#timeout = this.#setting('STREAMGAUGE_TIMEOUT', timeout, toMillis) ?? 1000
    this.#labels = this.#setting('STREAMGAUGE_LABELS', labels, toTexts) ?? {}
    const bearer = this.#setting('STREAMGAUGE_KEY', key, toVisibleAscii)
    if (bearer) this.#headers.Authorization = `Bearer ${bearer}`
    const orgId = this.#setting('STREAMGAUGE_TENANT', tenant, toVisibleAscii)
    if (orgId) this.#headers['X-Scope-OrgID'] = orgId
    this.#url = this.#setting('STREAMGAUGE_URL', url, toEndpoint)
    if (!this.#url) this.#warn('url', 'no URL to push to; metrics are not sent')
  }

  /** Adds to a counter. @type {(name: string, value?: number, labels?: Labels) => void} */
  counter = (name, value = 1, labels) => this.#collect('counter', name, value, labels)
  /** Sets a gauge; the value carries the time of this call. @type {Collect} */
  gauge = (name, value, labels) => this.#collect('gauge', name, value, labels)
  /** Observes a value, to be counted in buckets. @type {Collect} */
  histogram = (name, value, labels) => this.#collect('histogram', name, value, labels)
  /** Observes a value, to be shown as quantiles. @type {Collect} */
  summary = (name, value, labels) => this.#collect('summary', name, value, labels)

  /**
   * Describes a metric. The server takes this from the first sample that it ever sees.
   * @param {string} name @param {Description} description
   */
  describe(name, description) {
    try {
      const { help, unit, buckets, quantiles } = description
      if (!`${help}${unit}`.isWellFormed()) throw new Error('text with a lone surrogate')
      const numbers = { buckets: buckets?.map(toNumber), quantiles: quantiles?.map(toNumber) }
      this.#descriptions.set(name, { help: help?.toString(), unit: unit?.toString(), ...numbers })
    } catch (error) {
      this.#warn('invalid', `description of ${short(name)} ignored: ${short(error)}`)
    }
  }

  /**
   * Sends what was collected, within `timeout` seconds if that is less than the setting. True if the server has taken
   * all of it. With the id of a message as the key, samples that depend on that message alone count once, however
   * often it is delivered within 10 minutes.
   * @param {{ key?: string, timeout?: number }} [options]
   */
  async push(options) {
    const { key, timeout } = options ?? {}
    const limit = Number.isFinite(timeout) ? 1000 * Number(timeout) : Infinity
    const deadline = performance.now() + Math.min(limit, this.#timeout)
    while (this.#pushing && performance.now() < deadline) {
      await within(deadline - performance.now(), this.#pushing)
    }
    if (!this.#url || !(performance.now() < deadline)) return false
    this.#pushing = this.#push(key, deadline).catch((error) => {
      this.#warn('failed', `push failed: ${short(error)}`)
      return false
    })
    const accepted = await this.#pushing
    this.#pushing = undefined
    return accepted
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
        let timeout
        try {
          timeout = /** @type {any} */ (context).getRemainingTimeInMillis() / 1000 - 0.1
        } catch {} // a test may pass any context
        await this.push({ timeout })
      }
    }
  }

  /** @param {Type} type @param {string} name @param {number} value @param {Labels} [labels] */
  #collect(type, name, value, labels) {
    if (!this.#url) return
    try {
      if (typeof name !== 'string' || !METRIC_NAME.test(name)) throw new Error('not the name of a metric')
      if (toNumber(value) < 0 && type === 'counter') throw new Error('a counter cannot decrease')
      const texts = toTexts(labels)
      if (RESERVED[type] in texts) throw new Error('the label is reserved')
      const series = JSON.stringify([type, name, Object.entries(texts).sort()])
      let sample = this.#samples.get(series)
      if (!sample) {
        this.#samples.set(series, (sample = { name, type, labels: texts }))
        this.#bytes += sizeOf(sample)
      }
      if (type === 'counter') {
        sample.value = toNumber((sample.value ?? 0) + value)
      } else if (type === 'gauge') {
        Object.assign(sample, { value, timestamp: Date.now() })
      } else if ((sample.values ??= []).push(value) === MAX_VALUES) {
        this.#samples.delete(series)
        this.#samples.set(Symbol('full'), sample)
      }
      if (sample.values) this.#bytes += NUMBER_BYTES
      for (const [key, oldest] of this.#samples) {
        if (this.#bytes + (this.#kept?.content.length ?? 0) <= MAX_BYTES) break
        this.#samples.delete(key)
        this.#bytes -= sizeOf(oldest)
        this.#drop('full', 1, 'more than 1 MB waits')
      }
    } catch (error) {
      this.#drop('invalid', 1, `${short(name)}: ${short(error)}`)
    }
  }

  /** @param {string} reason @param {number} count @param {string} why */
  #drop(reason, count, why) {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
    this.#warn(reason, `samples dropped: ${why}`)
  }

  /** Moves all samples to a body, with a description in the first of each name. @param {string} key @returns {Body} */
  #take(key) {
    const descriptions = new Map(this.#descriptions)
    const metrics = []
    for (const sample of this.#samples.values()) {
      metrics.push({ ...sample, ...descriptions.get(sample.name) })
      descriptions.delete(sample.name)
    }
    this.#samples = new Map()
    this.#bytes = 0
    const content = toBytes({ labels: this.#labels, metrics })
    return { key, content, samples: metrics.length, sent: 0, accepted: false }
  }

  /** @param {string | undefined} key @param {number} deadline */
  async #push(key, deadline) {
    if (this.#kept?.sent && !isWithin(Date.now() - this.#kept.sent, MAX_KEPT_MILLIS)) {
      this.#drop('unsettled', this.#kept.samples, 'no answer for 9 minutes')
      this.#kept = undefined
    }
    let ready = !isWithin(this.#skipUntil - Date.now(), MAX_RETRY_AFTER_MILLIS)
    if (ready && this.#kept) {
      ready = await this.#settle(this.#kept, deadline)
      if (ready) this.#kept = undefined
    }
    if (!ready && key == null) return false // the samples wait
    for (const [reason, count] of key == null ? Object.entries(this.dropped) : []) {
      const unreported = count - (this.#reported[reason] ?? 0)
      if (unreported > 0) this.counter('streamgauge_client_dropped_samples_total', unreported, { reason })
      this.#reported[reason] = count
    }
    if (this.#samples.size === 0) return ready
    // Not crypto.randomUUID, for which Node.js has random bytes in memory, and each copy of the memory has the same.
    const body = this.#take(String(key ?? crypto.getRandomValues(new BigUint64Array(2)).join('-')))
    if (!VISIBLE_ASCII.test(body.key) || body.key.length > 128) {
      this.#drop('invalid', body.samples, 'their key must be 1 to 128 visible ASCII characters')
    } else if (ready && (await this.#settle(body, deadline))) {
      return body.accepted
    } else if (!this.#kept && (!body.sent || body.content.length <= MAX_KEPT_BYTES)) {
      this.#kept = body
    } else {
      this.#drop('unsettled', body.samples, 'no answer, and no room to keep them')
    }
    return false
  }

  /** Sends until an answer is final. False if there is no time for that. @param {Body} body @param {number} deadline */
  async #settle(body, deadline) {
    for (let pause = 100; ; pause *= 2) {
      const { isFinal, problem, retryAfter } = await this.#attempt(body, deadline)
      const wait = isFinal ? 0 : Math.max(retryAfter, (pause * (1 + Math.random())) / 2)
      if (performance.now() + wait >= deadline) {
        this.#backoff = Math.min(Math.max(1000, this.#backoff * 2), 60_000)
        const away = Math.max(this.#backoff, Math.min(retryAfter, MAX_RETRY_AFTER_MILLIS))
        this.#skipUntil = Date.now() + away
        const seconds = Math.round(away / 1000)
        this.#warn('failed', `push to ${this.#url?.host} failed, none for ${seconds} s: ${short(problem)}`)
        return isFinal
      }
      if (isFinal) return true
      await sleep(wait)
    }
  }

  /** Sends once. @param {Body} body @param {number} deadline */
  async #attempt(body, deadline) {
    const left = Math.max(0, deadline - performance.now())
    // fetch cannot close an old connection, which may have died without a sign: leave time for another.
    const isOld = this.#lastUse > 0 && !isWithin(Date.now() - this.#lastUse, MAX_IDLE_MILLIS)
    const signal = AbortSignal.timeout(Math.ceil(isOld ? left / 2 : left))
    const headers = { ...this.#headers, 'Idempotency-Key': body.key }
    const url = /** @type {URL} */ (this.#url)
    this.#lastUse = 0
    const start = Date.now()
    try {
      const response = await fetch(url, { method: 'POST', headers, body: body.content, redirect: 'manual', signal })
      body.sent ||= start
      const { status } = response
      const answer = await textOf(response)
      if (!signal.aborted) this.#lastUse = Date.now()
      const isFinal = status < 500 && ![408, 425, 429].includes(status)
      if (isFinal) this.#report(body, status, answer)
      const value = response.headers.get('Retry-After') ?? ''
      const retryAfter = 1000 * Number(value) || Date.parse(value) - Date.now() || 0
      return { isFinal, problem: `answer ${status}`, retryAfter }
    } catch (error) {
      const cause = /** @type {any} */ (error).cause ?? error
      if (!NEVER_SENT.test(cause.code)) body.sent ||= start
      const problem = short(cause.message || cause.code).replaceAll(url.search || '?', '') // Deno's has the whole URL
      return { isFinal: false, problem, retryAfter: 0 }
    }
  }

  /** @param {Body} body @param {number} status 0 for a redirect, in some runtimes @param {string} answer */
  #report(body, status, answer) {
    this.#backoff = 0
    const isSuccess = status >= 200 && status < 300
    body.accepted = isSuccess && !REJECTIONS.test(answer)
    if (!isSuccess) {
      this.#drop('rejected', body.samples, `${this.#url?.host} answered ${status || 'a redirect'} ${short(answer)}`)
    } else if (!body.accepted) {
      this.#warn('partly', `some of ${body.samples} samples rejected: ${short(answer)}`)
    }
  }

  /** @template T @param {string} variable @param {unknown} given @param {(value: any) => T} parse */
  #setting(variable, given, parse) {
    try {
      const value = given ?? globalThis.process?.env[variable]
      return value ? parse(value) : undefined
    } catch (error) {
      this.#warn(variable, `${variable} is ignored: ${short(error)}`)
    }
  }

  /** Logs at most one line a minute of each kind. @param {string} kind @param {string} message */
  #warn(kind, message) {
    if (isWithin(Date.now() - (this.#logged.get(kind) ?? 0), 60_000)) return
    this.#logged.set(kind, Date.now())
    console.warn(`streamgauge: ${message.split(NO_TEXT).join(' ')}`)
  }
}

/** As much as comes of its content. @param {Response} response */
async function textOf(response) {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const part of response.body ?? []) {
      text += decoder.decode(part, { stream: true })
      if (text.length > MAX_ANSWER_CHARS) break
    }
  } catch {} // it broke off
  return text
}

/** @param {string | Labels} [labels] */
function toTexts(labels = {}) {
  /** @type {Record<string, string>} */
  const texts = {}
  for (const [name, value] of typeof labels === 'string' ? toPairs(labels) : Object.entries(labels ?? {})) {
    const text = String(value ?? '')
    if (!LABEL_NAME.test(name)) throw new Error(`${short(name)} cannot be the name of a label`)
    if (NO_TEXT.test(text)) throw new Error(`label ${short(name)} has a control character or a lone surrogate`)
    if (text) texts[name] = text
  }
  return texts
}

/** @param {string} text */
function toPairs(text) {
  return text.split(',').map((pair) => {
    const [name, ...value] = pair.split('=')
    validated(pair, value.length, 'it must be like region=eu,function=checkout')
    return [name.trim(), value.join('=').trim()]
  })
}

/** @param {string} value */
function toEndpoint(value) {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('it must be like https://metrics.example.com')
  url.username = url.password = url.hash = ''
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/metrics`
  return url
}

/** @template T @param {T} value @param {unknown} isValid @param {string} problem */
function validated(value, isValid, problem) {
  if (!isValid) throw new Error(problem)
  return value
}

/** @param {unknown} value */
function short(value) {
  try {
    return String(value instanceof Error ? value.message : value).slice(0, 300)
  } catch {
    return typeof value
  }
}

/** Waits for a promise, but no longer than that. @param {number} millis @param {Promise<unknown>} promise */
async function within(millis, promise) {
  /** @type {any} */ let timer
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, millis)))])
  clearTimeout(timer) // which would keep the process from ending
}

/** @param {any} value */
const toNumber = (value) => validated(value, Number.isFinite(value), 'not a finite number')
/** @param {any} value */
const toMillis = (value) => validated(1000 * value, value > 0 && value <= 60, 'it must be 0 to 60 seconds')
/** @param {string} value */
const toVisibleAscii = (value) => validated(value.trim(), VISIBLE_ASCII.test(value.trim()), 'it must be visible ASCII')
/** At most how many bytes the sample takes as JSON, without its values. @param {Sample} sample */
const sizeOf = ({ name, labels, values }) => toBytes([name, labels]).length + 125 + NUMBER_BYTES * (values?.length ?? 0)
/** @param {unknown} value */
const toBytes = (value) => new TextEncoder().encode(JSON.stringify(value))
/** @param {number} millis @param {number} limit */
const isWithin = (millis, limit) => millis >= 0 && millis < limit
/** @param {number} millis */
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis))
