package dev.streamgauge.core.validation;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;

/** The result of validating a draft: a sample, or a rejection that says why. */
public sealed interface ValidationResult permits Sample, ValidationResult.Rejected {

    /** The draft was rejected. */
    record Rejected(SampleRejection rejection) implements ValidationResult {

        /** Rejects the sample at that index of its request. */
        public static Rejected of(int index, Reason reason, String message) {
            return new Rejected(new SampleRejection(index, reason, message));
        }
    }
}
