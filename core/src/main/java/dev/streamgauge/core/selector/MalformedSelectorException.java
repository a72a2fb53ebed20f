package dev.streamgauge.core.selector;

/** Says what is wrong with a selector, and where. */
public final class MalformedSelectorException extends Exception {

    private static final long serialVersionUID = 1L;

    MalformedSelectorException(String message) {
        super(message, null, false, false);
    }

    MalformedSelectorException(String message, int position) {
        this(message + " at character " + (position + 1));
    }
}
