package dev.streamgauge.standalone.embedded;

/** Streamgauge cannot start; the message tells the user why and what to do, and is all that is printed. */
public final class StartRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartRefusedException(String message) {
        super(message);
    }

    public StartRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
