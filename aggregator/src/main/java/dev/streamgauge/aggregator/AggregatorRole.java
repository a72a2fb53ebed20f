package dev.streamgauge.aggregator;

import dev.streamgauge.server.Role;
import jakarta.enterprise.context.ApplicationScoped;

/** Says that this process folds. */
@ApplicationScoped
public class AggregatorRole implements Role {

    @Override
    public String name() {
        return "aggregator";
    }
}
