package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streamgauge.standalone.clients.Client.Skill;
import dev.streamgauge.standalone.clients.Environment.Outcome;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** What a function may hand to its client. */
final class InputFaults {

    private InputFaults() {}

    static List<Fault> all() {
        Set<Skill> collecting = Set.of(Skill.COLLECTS);
        return List.of(
                new Fault("bad input", Set.of(Skill.LIVES_ON, Skill.ANY_TEXT), InputFaults::badInput),
                new Fault("arguments of wrong types", collecting, InputFaults::wrongTypes),
                new Fault("settings that are not valid", collecting, InputFaults::invalidSettings),
                new Fault("a description, two series", collecting, InputFaults::description),
                new Fault("values by the thousand", collecting, InputFaults::manyValues),
                new Fault("more than fits", collecting, InputFaults::moreThanFits),
                new Fault("100 messages, some delivered again", Set.of(), InputFaults::messages));
    }

    private static void badInput(Trial trial) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(Reaction.accept());
        ObjectNode event = Trial.work(Trial.event());
        Trial.sample(event, "counter", "not a name\nstreamgauge: more", 1);
        Trial.sample(event, "counter", "orders_total", -1);
        Trial.sample(event, "gauge", "depth", Double.NaN);
        Trial.sample(event, "gauge", "depth", Double.POSITIVE_INFINITY);
        labelled(event, "gauge", "text", "a\u0007b");
        labelled(event, "gauge", "text", "\ud800");
        labelled(event, "histogram", "le", "1");

        Outcome outcome = trial.invoke(event);

        assertThat(outcome.dropped("invalid")).isEqualTo(7);
        assertThat(server.total(Trial.WORK)).isEqualTo(1);
        assertThat(trial.logged()).hasSize(1);
    }

    private static void labelled(ObjectNode event, String type, String label, String value) {
        Trial.sample(event, type, "depth", 1);
        int last = event.path("samples").size() - 1;
        ((ObjectNode) event.at("/samples/" + last + "/3")).put(label, value);
    }

    private static void wrongTypes(Trial trial) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(Reaction.accept());

        trial.invoke(Trial.work(Trial.event()).put("misuse", true));

        assertThat(server.total(Trial.WORK)).isEqualTo(1);
    }

    private static void invalidSettings(Trial trial) throws Exception {
        trial.with("STREAMGAUGE_LABELS", "region")
                .with("STREAMGAUGE_TIMEOUT", "soon")
                .with("STREAMGAUGE_KEY", "secret-key\n"); // as read from a file
        trial.serve(Reaction.accept());

        trial.invoke();

        trial.assertAllCountedAfterRecovery(0);
        for (String setting : List.of("STREAMGAUGE_LABELS", "STREAMGAUGE_TIMEOUT")) {
            assertThat(trial.logged()).anyMatch(line -> line.contains(setting));
        }
    }

    private static void description(Trial trial) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(Reaction.accept());
        ObjectNode event = Trial.sample(Trial.work(Trial.event()), "histogram", "h", 1);
        Trial.sample(event, "histogram", "h", 2);
        ((ObjectNode) event.at("/samples/2/3")).put("n", 2);

        trial.invoke(event.put("describe", "h"));

        assertThat(FaultServer.samples(server.requests().getFirst().body()))
                .filteredOn(sample -> sample.path("help").asText().equals("a \"quoted\" text"))
                .singleElement()
                .satisfies(sample -> assertThat(sample.path("buckets")).hasSize(2));
    }

    private static void manyValues(Trial trial) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(Reaction.accept());
        ObjectNode event = Trial.work(Trial.event());
        IntStream.range(0, 2500).forEach(i -> Trial.sample(event, "histogram", "h", i));

        trial.invoke(event);

        assertThat(FaultServer.samples(server.requests().getFirst().body()))
                .extracting(sample -> sample.path("values").size())
                .containsExactlyInAnyOrder(0, 1000, 1000, 500);
    }

    private static void moreThanFits(Trial trial) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(Reaction.accept());
        ObjectNode event = Trial.event();
        IntStream.range(0, 10_100).forEach(i -> Trial.sample(event, "gauge", "g" + i, i));

        Outcome outcome = trial.invoke(event);

        String body = server.requests().getFirst().body();
        assertThat(body.length()).isLessThanOrEqualTo(1024 * 1024);
        assertThat(outcome.dropped("full")).isGreaterThanOrEqualTo(100);
        assertThat(FaultServer.samples(body).size() + outcome.dropped("full")).isBetween(10_100L, 10_103L);
        assertThat(body).contains("\"g10099\"").doesNotContain("\"g1\"");
    }

    /** Ten messages fail, and are delivered again; each counts once, also where the answer was lost. */
    private static void messages(Trial trial) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(Reaction.cutInHead().everyNth(7, Reaction.accept()));

        for (int i = 0; i < 100; i++) {
            trial.invoke(Trial.pushing("message-" + i));
        }
        for (int i = 0; i < 100; i += 10) {
            trial.invoke(Trial.pushing("message-" + i));
        }

        assertThat(server.total(Trial.WORK)).isEqualTo(100);
    }
}
