package dev.streamgauge.benchmarks.sidebyside;

/** A system did not do what it is measured for, so its figures mean nothing. */
final class WrongAnswerException extends RuntimeException {

    WrongAnswerException(String message) {
        super(message);
    }
}
