package dev.streamgauge.benchmarks.worstcalls;

/**
 * A call of a script that costs as much as the limits allow.
 *
 * @param name the script, and what makes the call expensive
 * @param prepare puts into the store what the call needs; not timed
 * @param call the call alone, which fails unless it does what it is meant to
 */
record WorstCall(String name, Runnable prepare, Runnable call) {}
