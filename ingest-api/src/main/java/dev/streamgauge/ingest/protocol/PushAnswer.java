package dev.streamgauge.ingest.protocol;

/**
 * What a protocol answers to a push. Headers that do not depend on the protocol are added to it: those of a rejection,
 * and whether the answer is a repeated one.
 *
 * @param status the HTTP status
 * @param mediaType of the body
 * @param body not changed afterwards
 */
public record PushAnswer(int status, CharSequence mediaType, byte[] body) {}
