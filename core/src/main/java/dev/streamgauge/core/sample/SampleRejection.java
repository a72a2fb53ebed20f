package dev.streamgauge.core.sample;

/**
 * One rejected sample.
 *
 * @param index the sample's place in its request, from 0
 * @param reason the stable reason
 * @param message what is wrong, where, the limit, and the fix; never the payload beyond a name
 */
public record SampleRejection(int index, Reason reason, String message) {}
