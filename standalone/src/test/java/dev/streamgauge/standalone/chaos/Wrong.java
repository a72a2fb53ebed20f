package dev.streamgauge.standalone.chaos;

/**
 * A difference between the journal and what is shown or stored.
 *
 * @param place tenant and series, and the request where it is known
 * @param expected for a request: 1 if it was accepted, else 0
 * @param found for a request: how often it was counted
 * @param trail what the sender of the request knows
 */
public record Wrong(String place, String expected, String found, String trail) {

    Wrong(String place, String expected, String found) {
        this(place, expected, found, "");
    }

    /** Whether an accepted request is not in a total. */
    boolean isMissing() {
        return !trail.isEmpty() && expected.equals("1") && found.equals("0");
    }

    /** Whether a request was counted more often than once, or although it was rejected. */
    boolean isDoubled() {
        return !trail.isEmpty() && found.compareTo(expected) > 0;
    }

    @Override
    public String toString() {
        return place + " expected " + expected + " found " + found + (trail.isEmpty() ? "" : " [" + trail + "]");
    }
}
