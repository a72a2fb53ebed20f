package dev.streamgauge.core.sample;

/** Ends the validation of a sample at the first broken rule; caught in this package, and without a stack trace. */
final class BrokenRule extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    BrokenRule(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
