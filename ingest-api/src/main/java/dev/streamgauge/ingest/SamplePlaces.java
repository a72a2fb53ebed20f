package dev.streamgauge.ingest;

import java.util.Arrays;

/** Says where in the body a sample stands, in the terms of what was sent. */
sealed interface SamplePlaces {

    /** Of a body that is one sample. */
    SamplePlaces OF_ONE = new Fixed("", "");

    /** Of a body that is an array. */
    SamplePlaces OF_AN_ARRAY = new Fixed(" (sample [", "])");

    /** Of a body that is an object with metrics. */
    SamplePlaces OF_AN_ENVELOPE = new Fixed(" (metrics[", "])");

    /** What to append to a message about the sample with that index, from 0; empty if there is only one. */
    String of(int index);

    /** The index between two texts; both are empty if there is only one sample. */
    record Fixed(String before, String after) implements SamplePlaces {

        @Override
        public String of(int index) {
            return before.isEmpty() ? "" : before + index + after;
        }
    }

    /** Of a body with one sample per line, between which there may be blank lines. */
    final class Lines implements SamplePlaces {

        private int lines;
        private int samples;
        private int[] lineOf = new int[16];

        /** A line begins. */
        void line() {
            lines++;
        }

        /** The line is a sample. */
        void sample() {
            if (samples == lineOf.length) {
                lineOf = Arrays.copyOf(lineOf, 2 * samples);
            }
            lineOf[samples++] = lines;
        }

        @Override
        public String of(int index) {
            return " (line " + lineOf[index] + ")";
        }
    }
}
