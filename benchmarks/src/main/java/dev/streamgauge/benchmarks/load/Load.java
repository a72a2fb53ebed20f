package dev.streamgauge.benchmarks.load;

import java.util.Map;

/**
 * What a generator sent in one go.
 *
 * @param accepted requests that were answered with a status from 200 to 299
 * @param rejected number of the other requests, by status
 * @param latencies of the accepted ones
 */
public record Load(long accepted, Map<Integer, Long> rejected, Latencies latencies) {}
