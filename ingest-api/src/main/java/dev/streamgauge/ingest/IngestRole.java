package dev.streamgauge.ingest;

import dev.streamgauge.server.Role;
import jakarta.enterprise.context.ApplicationScoped;

/** Says that this process takes samples. */
@ApplicationScoped
public class IngestRole implements Role {

    @Override
    public String name() {
        return "ingest";
    }
}
