package dev.streamgauge.query;

import dev.streamgauge.server.Role;
import jakarta.enterprise.context.ApplicationScoped;

/** This process answers scrapes. */
@ApplicationScoped
public class QueryRole implements Role {

    @Override
    public String name() {
        return "query";
    }
}
