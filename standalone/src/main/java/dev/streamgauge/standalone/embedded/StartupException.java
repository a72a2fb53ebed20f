package dev.streamgauge.standalone.embedded;

/** Streamgauge cannot start; the message tells the user why and what to do, and is all that is printed. */
public final class StartupException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartupException(String message) {
        super(message);
    }

    public StartupException(String message, Throwable cause) {
        super(message, cause);
    }
}
