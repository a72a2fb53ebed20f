package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Prints the table of clients and faults; each cell is the longest invocation, and must be whole. */
@Tag("e2e")
class ClientsIT {

    /** Trials mostly wait, but each starts a process. */
    private static final int TRIALS_AT_A_TIME = 5;

    /** Selects rows for a developer, by a part of their names. */
    private static final String ONLY = System.getProperty("dev.streamgauge.clients.only", "");

    @Test
    void function_isNeitherFailedNorHeldUp_whateverTheServerDoes() throws Exception {
        List<Fault> faults = FaultTable.faults().stream()
                .filter(fault -> fault.name().contains(ONLY))
                .toList();
        List<Client> clients = Client.all();
        List<String> failures = new ArrayList<>();
        StringBuilder table = new StringBuilder("%-40s".formatted("fault"));
        clients.forEach(client -> table.append("%12s".formatted(client.name())));

        try (ExecutorService trials = Executors.newFixedThreadPool(TRIALS_AT_A_TIME)) {
            List<List<Future<String>>> rows = faults.reversed().stream() // the longest row is the last
                    .map(fault -> clients.stream()
                            .map(client -> trials.submit(() -> cell(fault, client)))
                            .toList())
                    .toList()
                    .reversed();
            for (int i = 0; i < faults.size(); i++) {
                table.append("%n%-40s".formatted(faults.get(i).name()));
                for (Future<String> cell : rows.get(i)) {
                    String text = cell.get();
                    table.append("%12s".formatted(text.lines().findFirst().orElse("")));
                    if (text.startsWith("FAILED")) {
                        failures.add(faults.get(i).name() + ": " + text);
                    }
                }
            }
        }

        System.out.println(table);
        assertThat(failures).isEmpty();
    }

    private static String cell(Fault fault, Client client) {
        if (!fault.appliesTo(client)) {
            return "n/a";
        }
        try (Trial trial = new Trial(client)) {
            try {
                fault.scenario().run(trial);
                trial.assertWellBehaved();
                return milliseconds(trial.longest());
            } catch (Exception | AssertionError e) {
                return "FAILED\n" + client.name() + ": " + e + "\n"
                        + trial.environment().log();
            }
        } catch (Exception e) {
            return "FAILED\n" + client.name() + ": " + e;
        }
    }

    private static String milliseconds(Duration duration) {
        return duration.toMillis() + " ms";
    }
}
