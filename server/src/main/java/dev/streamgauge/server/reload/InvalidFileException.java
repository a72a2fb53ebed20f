package dev.streamgauge.server.reload;

/** Why a file cannot be used, in one line. */
public final class InvalidFileException extends Exception {

    private static final long serialVersionUID = 1L;

    public InvalidFileException(String message) {
        super(message);
    }
}
