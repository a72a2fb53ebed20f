package dev.streamgauge.ingest.json;

import dev.streamgauge.ingest.protocol.SamplePlaces;
import java.util.Arrays;

/** The places of the samples in a JSON document, or in lines of JSON. */
sealed interface JsonPlaces extends SamplePlaces {

    /** Of a body that is one sample. */
    JsonPlaces OF_ONE = new Fixed("", "");

    /** Of a body that is an array. */
    JsonPlaces OF_AN_ARRAY = new Fixed(" (sample [", "])");

    /** Of a body that is an object with metrics. */
    JsonPlaces OF_AN_ENVELOPE = new Fixed(" (metrics[", "])");

    /** The index between two texts; both are empty if there is only one sample. */
    record Fixed(String before, String after) implements JsonPlaces {

        @Override
        public String of(int index) {
            return before.isEmpty() ? "" : before + index + after;
        }
    }

    /** Of a body with one sample per line, between which there may be blank lines. */
    final class Lines implements JsonPlaces {

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
