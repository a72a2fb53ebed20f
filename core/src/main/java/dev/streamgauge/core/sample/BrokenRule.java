package dev.streamgauge.core.sample;

/** Ends the validation of a sample at the first broken rule. Never leaves {@code core}; has no stack trace. */
public final class BrokenRule extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public BrokenRule(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
