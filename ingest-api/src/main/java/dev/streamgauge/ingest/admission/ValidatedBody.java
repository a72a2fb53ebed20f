package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleRejection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a body that keep the rules, and the rejections of the others.
 *
 * @param samples the samples that keep the rules, in the order of the body
 * @param rejections the rejections of the others, in the order of the body
 * @param places where in the body the samples stand
 * @param memos what the protocol remembers about the series of the samples, by index; null for a sample of which it
 *     remembers nothing; may be empty
 */
public record ValidatedBody(
        List<Sample> samples,
        List<SampleRejection> rejections,
        SamplePlaces places,
        List<? extends @Nullable SeriesMemo> memos) {}
