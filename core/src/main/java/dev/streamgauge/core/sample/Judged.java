package dev.streamgauge.core.sample;

/** What the rules say of a draft: a sample, or why it is none. */
public sealed interface Judged permits Sample, Judged.Refused {

    /** The draft was refused. */
    record Refused(Refusal refusal) implements Judged {

        /** Refuses the sample at that place of its request, which the message gets to name. */
        public static Refused of(int index, Reason reason, String message) {
            return new Refused(new Refusal(index, reason, message + " (metrics[" + index + "])"));
        }
    }
}
