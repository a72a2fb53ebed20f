package dev.streamgauge.core.sample;

/** What the rules say of a draft: a sample, or why it is none. */
public sealed interface ValidationResult permits Sample, ValidationResult.Rejected {

    /** The draft was rejected. */
    record Rejected(SampleRejection rejection) implements ValidationResult {

        /** Rejects the sample at that place of its request, which the message gets to name. */
        public static Rejected of(int index, Reason reason, String message) {
            return new Rejected(new SampleRejection(index, reason, message + " (metrics[" + index + "])"));
        }
    }
}
