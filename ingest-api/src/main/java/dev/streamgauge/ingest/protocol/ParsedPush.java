package dev.streamgauge.ingest.protocol;

import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.validation.Sample;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a body says, by the rules that need no stored data. */
public sealed interface ParsedPush {

    /**
     * The samples of a body that keep the rules, and the rejections of the others.
     *
     * @param valid the samples that keep the rules, in the order of the body
     * @param rejected the rejections of the others, in the order of the body
     * @param places where in the body the samples stand
     * @param memos what the protocol remembers about the series of the samples, by index; null if it remembers nothing
     *     about that of a sample; may be empty
     */
    record Samples(
            List<Sample> valid,
            List<SampleRejection> rejected,
            SamplePlaces places,
            List<? extends @Nullable SeriesMemo> memos)
            implements ParsedPush {

        private static final int BYTES_OF_A_SAMPLE = 300;
        private static final int BYTES_OF_A_REJECTION = 300;

        /** About how much memory the samples and rejections take, in bytes, and the request that is made of them. */
        public long heapBytes() {
            long bytes = (long) rejected.size() * BYTES_OF_A_REJECTION;
            for (Sample sample : valid) {
                bytes += BYTES_OF_A_SAMPLE
                        + 2L * sample.labels().length()
                        + 2L * Double.BYTES * sample.value().valueCount();
            }
            return bytes;
        }
    }

    /**
     * The body is rejected as a whole.
     *
     * @param samples minimum number of samples in the body, as far as known
     */
    record Rejected(RequestRejection rejection, int samples) implements ParsedPush {}
}
