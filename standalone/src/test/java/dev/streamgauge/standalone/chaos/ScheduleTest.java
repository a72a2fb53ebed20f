package dev.streamgauge.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    private static final Duration THREE_ROUNDS = Duration.ofSeconds(75);
    private static final int KINDS =
            3 * Fault.Signal.values().length + 4 * Fault.Break.values().length + Fault.Blow.values().length;

    private final List<Node> nodes = Stream.of("ingest-1", "ingest-2", "aggregator-1", "query-1")
            .map(name -> new Node(name, role(name), Path.of("target"), List.of(), 1))
            .toList();

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
    }

    @Test
    void schedule_isTheSame_whenTheSeedIs() {
        assertThat(Schedule.of(42, THREE_ROUNDS, nodes)).isEqualTo(Schedule.of(42, THREE_ROUNDS, nodes));
        assertThat(Schedule.of(42, THREE_ROUNDS, nodes)).isNotEqualTo(Schedule.of(43, THREE_ROUNDS, nodes));
    }

    @Test
    void everyKindOfFault_comesOnce_inThreeRounds() {
        List<Schedule.Round> rounds = Schedule.of(42, THREE_ROUNDS, nodes).rounds();

        Set<String> kinds = rounds.stream()
                .flatMap(round -> round.faults().stream())
                .map(timed -> timed.fault().kind())
                .collect(Collectors.toCollection(HashSet::new));

        assertThat(rounds).hasSize(3);
        assertThat(kinds).hasSize(KINDS);
    }

    @Test
    void rounds_fillTheDuration_whenTheRunIsLong() {
        assertThat(Schedule.of(42, Duration.ofMinutes(15), nodes).rounds()).hasSize(36);
    }

    private static Node.Role role(String name) {
        return Arrays.stream(Node.Role.values())
                .filter(role -> name.toUpperCase(Locale.ROOT).startsWith(role.name()))
                .findFirst()
                .orElseThrow();
    }
}
