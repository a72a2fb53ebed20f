package dev.streamgauge.benchmarks.isolation;

import java.time.Duration;

/**
 * What is run. Each has a default, and the system property {@code dev.streamgauge.isolation.<name>}.
 *
 * @param quietTenants tenants within their limits
 * @param quietRate pushes a second of each of them
 * @param quietSamples samples of each of their pushes
 * @param rateLimit samples a second that every tenant may send
 * @param noisyFactor how many times its limit the noisy tenant sends
 * @param noisySamples samples of each of its pushes
 * @param rounds rounds of each kind, with and without the noisy tenant
 * @param round how long a round is
 * @param warmUp how long both send before the first round
 */
record Settings(
        int quietTenants,
        int quietRate,
        int quietSamples,
        int rateLimit,
        int noisyFactor,
        int noisySamples,
        int rounds,
        Duration round,
        Duration warmUp) {

    static Settings fromProperties() {
        return new Settings(
                number("quiet-tenants", 19),
                number("quiet-rate", 20),
                number("quiet-samples", 5),
                number("rate-limit", 1_000),
                number("noisy-factor", 10),
                number("noisy-samples", 20),
                number("rounds", 5),
                Duration.ofSeconds(number("round-seconds", 9)),
                Duration.ofSeconds(number("warm-up-seconds", 20)));
    }

    private static int number(String name, int standard) {
        return Integer.getInteger("dev.streamgauge.isolation." + name, standard);
    }

    /** Pushes a second of the noisy tenant. */
    double noisyRate() {
        return (double) rateLimit * noisyFactor / noisySamples;
    }
}
