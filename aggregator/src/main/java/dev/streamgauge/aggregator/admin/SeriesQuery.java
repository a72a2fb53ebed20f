package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a request to delete series asks for.
 *
 * <p>An unknown parameter is rejected: a request that misspells {@code dry_run}, or has Prometheus' {@code start} and
 * {@code end}, would delete more than its sender expects.
 *
 * @param match the selectors as they were given, for the log
 */
record SeriesQuery(Action action, SeriesSelection selection, List<String> match) {

    private static final String SELECTORS = "match[]";
    private static final String DRY_RUN = "dry_run";

    SeriesQuery {
        match = List.copyOf(match);
    }

    /** What becomes of the selected series. */
    enum Action {
        /** They are deleted. */
        DELETE,
        /** They are counted. */
        DRY_RUN
    }

    /**
     * Reads the query of a request.
     *
     * @throws RequestRejectedException if a parameter is unknown or invalid, or the selectors are missing or too many
     */
    static SeriesQuery of(RoutingContext context) {
        if (!Set.of(SELECTORS, DRY_RUN).containsAll(context.queryParams().names())) {
            throw new RequestRejectedException(
                    400, AdminError.VALUE_INVALID, "query: only " + SELECTORS + " and " + DRY_RUN + " are known");
        }
        List<String> match = context.queryParam(SELECTORS);
        return new SeriesQuery(action(context.queryParam(DRY_RUN)), selection(match), match);
    }

    private static Action action(List<String> given) {
        if (given.isEmpty() || given.equals(List.of("false"))) {
            return Action.DELETE;
        }
        if (given.equals(List.of("true"))) {
            return Action.DRY_RUN;
        }
        throw new RequestRejectedException(400, AdminError.VALUE_INVALID, DRY_RUN + ": true or false expected, once");
    }

    /**
     * The series that some selectors select.
     *
     * @throws RequestRejectedException if they are missing, invalid or too many
     */
    static SeriesSelection selection(List<String> texts) {
        if (texts.isEmpty() || texts.size() > SeriesSelection.MAX_SELECTORS) {
            throw invalid(texts.size() + " given, 1 to " + SeriesSelection.MAX_SELECTORS + " expected");
        }
        List<SeriesSelector> selectors = new ArrayList<>(texts.size());
        for (String text : texts) {
            try {
                selectors.add(SeriesSelector.parse(text));
            } catch (MalformedSelectorException e) {
                throw invalid(e.getMessage() + " (selector " + (selectors.size() + 1) + ")");
            }
        }
        if (SeriesSelection.isTooLarge(selectors)) {
            throw invalid("all expressions have more than " + SeriesSelection.MAX_SIZE
                    + " instructions, repetitions written out; send several requests");
        }
        return new SeriesSelection(selectors);
    }

    private static RequestRejectedException invalid(String what) {
        return new RequestRejectedException(400, AdminError.SELECTOR_INVALID, SELECTORS + ": " + what);
    }
}
