package dev.streamgauge.standalone.clients;

import dev.streamgauge.standalone.clients.Client.Skill;
import java.util.Set;

/**
 * A row of the table.
 *
 * @param name as printed
 * @param needs what a client must be able to do, or the row does not apply to it
 * @param scenario throws if the client does not stand it
 */
record Fault(String name, Set<Skill> needs, Scenario scenario) {

    /** What happens, and what must come of it. */
    @FunctionalInterface
    interface Scenario {
        void run(Trial trial) throws Exception;
    }

    boolean appliesTo(Client client) {
        return client.skills().containsAll(needs);
    }
}
