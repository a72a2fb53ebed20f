package dev.streamgauge.core.stream;

/** An entry that {@code EntryWriter} did not write, or that was changed since: it can never be folded. */
public final class MalformedEntryException extends Exception {

    private static final long serialVersionUID = 1L;

    public MalformedEntryException(String message) {
        super(message);
    }
}
