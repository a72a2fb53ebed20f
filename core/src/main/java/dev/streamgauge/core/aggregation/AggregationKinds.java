package dev.streamgauge.core.aggregation;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A list of kinds, which names and letters in requests, entries and stored rows refer to. */
public final class AggregationKinds {

    /** All kinds of the product. */
    public static final AggregationKinds ALL =
            new AggregationKinds(List.of(Counter.INSTANCE, Gauge.INSTANCE, Histogram.KIND, Summary.KIND));

    private final List<AggregationKind> kinds;

    /** Kinds of different names and letters. */
    public AggregationKinds(List<AggregationKind> kinds) {
        this.kinds = List.copyOf(kinds);
        Set<Object> known = new HashSet<>();
        for (AggregationKind kind : kinds) {
            if (!known.add(kind.name()) || !known.add(kind.code())) {
                throw new IllegalArgumentException("two kinds with the name or the letter of " + kind.name());
            }
        }
    }

    /** The kinds, in the order in which messages name them. */
    public List<AggregationKind> list() {
        return kinds;
    }

    /** The kind of that name. */
    public Optional<AggregationKind> find(String name) {
        for (AggregationKind kind : kinds) {
            if (kind.name().equals(name)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    /** The kind of that letter. */
    public Optional<AggregationKind> find(int code) {
        for (AggregationKind kind : kinds) {
            if (kind.code() == code) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
