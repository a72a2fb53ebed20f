import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Builds the product with one rule of the protocol broken at a time, runs the tests, and shows which of them notice.
 *
 * <p>{@code make mutants} runs all of them, {@code make mutants ONLY='first-id no-check'} those named. Works on a copy of
 * the tree below {@code target/}; ends with 1 if a mutant survives. A full run also puts its table into the page on the
 * delivery guarantee. With the argument {@code --check}, as in {@code make lint}, it only looks whether the texts that
 * mutants replace are still in the source.
 */
final class ProtocolMutants {

    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Path COPY = ROOT.resolve("target/mutants");
    private static final Path PAGE = ROOT.resolve("src/docs/explanation/delivery-guarantee.md");
    private static final String PAGE_START = "<!-- mutants: start -->\n";
    private static final String PAGE_END = "<!-- mutants: end -->\n";
    private static final Set<String> NOT_COPIED = Set.of(".git", "target", "data");
    private static final int RUN_MINUTES = 15;
    private static final int TESTS_SHOWN = 3;

    /** Test runs, from the quickest on; the first that notices is enough. */
    private static final List<List<String>> STAGES = List.of(
            // The model is no part of the product, so it notices nothing here.
            List.of("-pl", "redis", "-am", "-Dtest=dev.streamgauge.redis.**,!dev.streamgauge.redis.protocol.**", "test"),
            List.of("-pl", "server", "-am", "-Dtest=StartupCheckTest", "test"),
            List.of("-pl", "standalone", "-am", "-Dtest=none", "-Dit.test=DurabilityProfileIT", "verify"),
            List.of("-pl", "aggregator", "-am", "-Dtest=dev.streamgauge.aggregator.**", "test"),
            List.of("-pl", "ingest-api", "-am", "-Dtest=dev.streamgauge.ingest.**", "test"),
            List.of("-pl", "standalone", "-am", "-Dtest=none", "-Dit.test=KillIT,ChaosIT", "verify"));

    /** Stages that the unbroken product has passed. */
    private final Set<List<String>> passed = new HashSet<>();

    private static final String SCRIPTS = "redis/src/main/resources/dev/streamgauge/redis/scripts/";
    private static final String REDIS = "redis/src/main/java/dev/streamgauge/redis/";
    private static final String PROFILE = "server/src/main/java/dev/streamgauge/server/store/DurabilityProfile.java";
    private static final String FOLD = "aggregator/src/main/java/dev/streamgauge/aggregator/fold/";

    /**
     * A broken rule.
     *
     * @param rule its number on the page, or what it belongs to
     */
    private record Mutant(String name, String rule, String breach, Edit... edits) {}

    /**
     * A change of one file.
     *
     * @param from text that stands there exactly once
     */
    private record Edit(String file, String from, String to) {

        private boolean isUnique() {
            try {
                String text = Files.readString(ROOT.resolve(file));
                int place = text.indexOf(from);
                return place >= 0 && text.indexOf(from, place + 1) < 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final List<Mutant> MUTANTS = List.of(
            new Mutant(
                    "count-only",
                    "1",
                    "the fold compares the number of pending entries",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "  local is_pending = {}\n",
                            "  do return #pending < entry_count and ARGV[first_id] or nil end\n  local is_pending = {}\n")),
            new Mutant(
                    "first-id",
                    "1",
                    "the fold compares the first id",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "  local is_pending = {}\n",
                            "  do return (not pending[1] or pending[1][1] ~= ARGV[first_id]) and ARGV[first_id] or nil end\n"
                                    + "  local is_pending = {}\n")),
            new Mutant(
                    "no-check",
                    "1",
                    "the fold compares nothing",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "local stale, message = stale_entry()\n",
                            "local stale, message = nil, nil\n")),
            new Mutant(
                    "write-while-checking",
                    "2",
                    "the fold writes each value as soon as it is computed",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "      local place = 2 * (i - from) + 1\n",
                            "      redis.call('HSET', key, ARGV[cursor + i], value)\n"
                                    + "      local place = 2 * (i - from) + 1\n")),
            new Mutant(
                    "second-call",
                    "2",
                    "entries are acknowledged in a call after the fold",
                    new Edit(SCRIPTS + "fold_batch.lua", "  redis.call('XACK', stream, group, unpack(ARGV, first_id, first_id + entry_count - 1))\n", ""),
                    new Edit(SCRIPTS + "fold_batch.lua", "  redis.call('XDEL', stream, unpack(ARGV, first_id, first_id + entry_count - 1))\n", ""),
                    new Edit(
                            REDIS + "consumer/Consumer.java",
                            "    Response call(Request command) {\n",
                            "    public Response call(Request command) {\n"),
                    new Edit(
                            REDIS + "fold/FoldBatchScript.java",
                            "        return answer(consumer.call(SCRIPT, arguments));\n",
                            """
                                    FoldAnswer folded = answer(consumer.call(SCRIPT, arguments));
                                    if (folded instanceof FoldAnswer.Folded) {
                                        for (EntryId id : batch.entries()) {
                                            String stream = consumer.keyspace().stream(partition);
                                            consumer.call(io.vertx.redis.client.Request.cmd(io.vertx.redis.client.Command.XACK)
                                                    .arg(stream)
                                                    .arg(Keyspace.GROUP)
                                                    .arg(id.toString()));
                                            consumer.call(io.vertx.redis.client.Request.cmd(io.vertx.redis.client.Command.XDEL)
                                                    .arg(stream)
                                                    .arg(id.toString()));
                                        }
                                    }
                                    return folded;
                            """)),
            new Mutant(
                    "ignored-error",
                    "3",
                    "the fold takes an error of Redis for an absent value",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "    if failed(stored) then\n      return key .. ': ' .. stored.err, 'BROKEN'\n    end\n",
                            "")),
            new Mutant(
                    "fold-rejected-when-full",
                    "4",
                    "the fold is rejected when Redis is full",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "#!lua flags=allow-oom\n",
                            "#!lua\n")),
            new Mutant(
                    "admission-when-full",
                    "4",
                    "admission runs when Redis is full",
                    new Edit(SCRIPTS + "admit_requests.lua", "#!lua\n", "#!lua flags=allow-oom\n")),
            new Mutant(
                    "undeclared-key",
                    "5",
                    "admission writes to a key that it was not given",
                    new Edit(
                            SCRIPTS + "admit_requests.lua",
                            "  redis.call('HSET', partition_totals, 'accepted', whole(totals[1]), 'pending', whole(totals[2]))\n",
                            "  redis.call('HSET', partition_totals, 'accepted', whole(totals[1]), 'pending', whole(totals[2]))\n"
                                    + "  redis.call('HDEL', stream .. ':other', 'field')\n")),
            new Mutant(
                    "trimmed-stream",
                    "6",
                    "admission trims the stream to 1,000 entries",
                    new Edit(
                            SCRIPTS + "admit_requests.lua",
                            "redis.call('XADD', stream, '*', PAYLOAD_FIELD, payload)",
                            "redis.call('XADD', stream, 'MAXLEN', 1000, '*', PAYLOAD_FIELD, payload)")),
            new Mutant(
                    "eviction-allowed",
                    "6",
                    "Redis may evict",
                    new Edit(
                            PROFILE,
                            "Requirement.of(\"maxmemory-policy\", \"noeviction\")",
                            "new Requirement(\"maxmemory-policy\", policy -> true, \"noeviction\")")),
            new Mutant(
                    "group-from-the-end",
                    "7",
                    "a group begins at the end of its stream",
                    new Edit(SCRIPTS + "create_group.lua", "group, '0', 'MKSTREAM'", "group, '$', 'MKSTREAM'")),
            new Mutant(
                    "consumer-with-entries",
                    "8",
                    "a consumer is removed with what is pending for it",
                    new Edit(SCRIPTS + "remove_consumer.lua", "if pending.err or #pending > 0 then", "if pending.err then")),
            new Mutant(
                    "no-fsync",
                    "9",
                    "the profile `standard` takes any `appendfsync`",
                    new Edit(
                            PROFILE,
                            "Requirement.of(\"appendfsync\", \"always\")",
                            "new Requirement(\"appendfsync\", value -> true, \"always\")")),
            new Mutant(
                    "no-wait",
                    "9",
                    "the profile `replicated` waits for no replica",
                    new Edit(
                            REDIS + "admission/AdmissionScript.java",
                            "if (terms.replicaWait().isEmpty() || !confirmsWrites) {",
                            "if (terms.replicaWait().isEmpty() || !confirmsWrites || answers.size() > 0) {")),
            new Mutant(
                    "connection-used-on",
                    "10",
                    "a connection is used on after a missed deadline",
                    new Edit(
                            REDIS + "topology/RedisConnection.java",
                            "        if (!failure.isAnswer()) {\n            close();\n        }\n",
                            "")),
            new Mutant(
                    "known-from-another-run",
                    "10",
                    "ingest trusts what it learnt of another server",
                    new Edit(
                            REDIS + "admission/AdmissionScript.java",
                            "known.run().equals(run) ? known.number() : OTHER_RUN",
                            "known.run().id().isEmpty() ? OTHER_RUN : known.number()")),
            new Mutant(
                    "one-try",
                    "11",
                    "an entry is given up at its first failure",
                    new Edit(FOLD + "batch/EntryIsolation.java", "MAX_TRIES = 5;", "MAX_TRIES = 1;")),
            new Mutant(
                    "unknown-version-tried",
                    "12",
                    "an entry of an unknown version is tried like any other",
                    new Edit(
                            FOLD + "batch/BatchFolder.java",
                            "EntryReader.version(payload.get()) > EntryWriter.VERSION",
                            "EntryReader.version(payload.get()) > 1_000")),
            new Mutant(
                    "unknown-version-claimed",
                    "12",
                    "an entry of an unknown version is taken over",
                    new Edit(
                            SCRIPTS + "claim_entries.lua",
                            "elseif version_of(found[1][2]) > newest_version then",
                            "elseif version_of(found[1][2]) > 1000 then")),
            new Mutant(
                    "unknown-value-overwritten",
                    "12",
                    "a stored value of an unknown version counts as broken",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "if letter ~= '' and letter ~= REGISTERED and not is_known(code) then",
                            "if false then")),
            new Mutant(
                    "key-not-kept",
                    "admission",
                    "the answer is not kept under its idempotency key",
                    new Edit(
                            SCRIPTS + "admit_requests.lua",
                            "  redis.call('SET', KEYS[key], record, 'PX', idempotency_ttl_ms)\n",
                            "")),
            new Mutant(
                    "body-not-compared",
                    "admission",
                    "a key stands for any body",
                    new Edit(
                            SCRIPTS + "admit_requests.lua",
                            "if string.sub(record, 2, 1 + HASH_LENGTH) ~= request.hash then",
                            "if false then")),
            new Mutant(
                    "pending-not-moved",
                    "equation",
                    "folded samples stay in the counter of pending ones",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "  tenant.pending = tenant.pending - samples\n",
                            "")),
            new Mutant(
                    "expired-goes-on",
                    "expiry",
                    "the fold adds to a series that has expired",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "local value = old and fold(old, delta, oldest_update_s)",
                            "local value = old and fold(old, delta, 0)")),
            new Mutant(
                    "fold-expires-by-now",
                    "expiry",
                    "the fold takes a series for expired by the time of folding",
                    new Edit(
                            SCRIPTS + "fold_batch.lua",
                            "watermark_of(tenant.backlog, tenant.since, first_entry_ms)",
                            "watermark_of(0, tenant.since, first_entry_ms)")),
            new Mutant(
                    "sweep-expires-by-now",
                    "expiry",
                    "the sweep takes a series for expired by the time of sweeping",
                    new Edit(
                            SCRIPTS + "sweep_series.lua",
                            "watermark_of(counted.backlog, counted.since, added_ms(first_entry))",
                            "watermark_of(0, counted.since, added_ms(first_entry))")),
            new Mutant(
                    "sweep-begins-no-epoch",
                    "expiry",
                    "ingest processes go on to know what was swept away",
                    new Edit(
                            SCRIPTS + "sweep_series.lua",
                            "whole(math.max(now_us, counted.epoch + 1))",
                            "whole(counted.epoch)")),
            new Mutant(
                    "removal-waits-for-nothing",
                    "deletion",
                    "series are removed while entries wait to be folded",
                    new Edit(
                            SCRIPTS + "remove_series.lua",
                            "if not is_drained then",
                            "if false then")),
            new Mutant(
                    "removal-fences-nothing",
                    "deletion",
                    "pushes go on while series are removed",
                    new Edit(
                            SCRIPTS + "admit_requests.lua",
                            "  if tenant.held > now_ms and tenant.held <= now_ms + MAX_CLOCK_STEP_MS then\n",
                            "  if false then\n")));

    public static void main(String... names) throws Exception {
        boolean onlyChecks = List.of(names).equals(List.of("--check"));
        List<Mutant> chosen = names.length == 0 || onlyChecks
                ? MUTANTS
                : MUTANTS.stream().filter(mutant -> List.of(names).contains(mutant.name())).toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("no such mutant: " + Arrays.toString(names));
        }
        List<String> outdated = chosen.stream()
                .flatMap(mutant -> Stream.of(mutant.edits())
                        .filter(edit -> !edit.isUnique())
                        .map(edit -> mutant.name() + " in " + edit.file()))
                .toList();
        if (!outdated.isEmpty()) {
            System.err.println("text to replace not found exactly once: " + outdated);
            System.exit(1);
        }
        if (onlyChecks) {
            return;
        }
        copyTree();
        allowWarnings();
        ProtocolMutants run = new ProtocolMutants();
        List<String> rows = new ArrayList<>();
        int survivors = 0;
        for (Mutant mutant : chosen) {
            Set<String> caughtBy = run.caughtBy(mutant);
            survivors += caughtBy.isEmpty() ? 1 : 0;
            String row = "| " + mutant.breach() + " | " + mutant.rule() + " | " + shown(caughtBy) + " |";
            System.out.println(row);
            rows.add(row);
        }
        System.out.println((chosen.size() - survivors) + " of " + chosen.size() + " mutants caught");
        if (names.length == 0) {
            writePage(rows, survivors);
        }
        System.exit(survivors == 0 ? 0 : 1);
    }

    private Set<String> caughtBy(Mutant mutant) throws Exception {
        for (List<String> stage : STAGES) {
            requirePass(stage);
            Map<Path, String> originals = originalsOf(mutant);
            try {
                for (Edit edit : mutant.edits()) {
                    Path file = COPY.resolve(edit.file());
                    Files.writeString(file, Files.readString(file).replace(edit.from(), edit.to()));
                }
                Set<String> failed = failedTests(stage);
                if (!failed.isEmpty()) {
                    return failed;
                }
            } finally {
                write(originals);
            }
        }
        return Set.of();
    }

    /** A test that fails on the unbroken product as well has noticed nothing. */
    private void requirePass(List<String> stage) throws Exception {
        if (passed.add(stage)) {
            Set<String> failed = failedTests(stage);
            if (!failed.isEmpty()) {
                throw new IllegalStateException("unbroken, and yet failed: " + failed);
            }
        }
    }

    /** The texts of the files that a mutant changes, before it does. */
    private static Map<Path, String> originalsOf(Mutant mutant) throws IOException {
        Map<Path, String> originals = new HashMap<>();
        for (Edit edit : mutant.edits()) {
            Path file = COPY.resolve(edit.file());
            originals.put(file, Files.readString(file));
        }
        return originals;
    }

    private static void write(Map<Path, String> texts) throws IOException {
        for (Map.Entry<Path, String> text : texts.entrySet()) {
            Files.writeString(text.getKey(), text.getValue());
        }
    }

    /** A broken rule may also be poor style; that is not what is asked here. */
    private static void allowWarnings() throws IOException {
        Path pom = COPY.resolve("pom.xml");
        Files.writeString(pom, Files.readString(pom).replace("<arg>-Werror</arg>", ""));
    }

    /** Runs tests up to the first that fails; what failed, as {@code Class.method}. */
    private static Set<String> failedTests(List<String> stage) throws Exception {
        try (Stream<Path> reports = reports()) {
            for (Path report : reports.toList()) {
                Files.delete(report);
            }
        }
        List<String> command = new ArrayList<>(List.of(
                "./mvnw",
                "-B",
                "-ntp",
                "-Dmaven.test.failure.ignore",
                "-Dsurefire.skipAfterFailureCount=1",
                "-Dfailsafe.skipAfterFailureCount=1",
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dfailsafe.failIfNoSpecifiedTests=false"));
        command.addAll(stage);
        Path log = COPY.resolveSibling("mutants.log");
        Process maven = new ProcessBuilder(command)
                .directory(COPY.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!maven.waitFor(RUN_MINUTES, TimeUnit.MINUTES)) {
            maven.descendants().forEach(ProcessHandle::destroyForcibly);
            maven.destroyForcibly();
            return Set.of("a test that did not end within " + RUN_MINUTES + " minutes");
        }
        if (maven.exitValue() != 0) {
            throw new IllegalStateException("Maven failed, and not for a test: see " + log);
        }
        Set<String> failed = new TreeSet<>();
        try (Stream<Path> reports = reports()) {
            for (Path report : reports.toList()) {
                addFailed(report, failed);
            }
        }
        return failed;
    }

    private static Stream<Path> reports() throws IOException {
        return Files.exists(COPY)
                ? Files.find(COPY, 5, (path, attributes) -> path.getParent() != null
                        && path.getParent().getFileName().toString().matches("(surefire|failsafe)-reports")
                        && path.getFileName().toString().matches("TEST-.*\\.xml"))
                : Stream.empty();
    }

    private static void addFailed(Path report, Set<String> failed) throws Exception {
        NodeList cases = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(report.toFile())
                .getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element test = (Element) cases.item(i);
            boolean fails = test.getElementsByTagName("failure").getLength() > 0
                    || test.getElementsByTagName("error").getLength() > 0;
            if (fails) {
                String type = test.getAttribute("classname");
                String method = test.getAttribute("name").replaceAll("[({\\[].*", "").strip();
                failed.add(type.substring(type.lastIndexOf('.') + 1) + (method.matches("\\w+") ? "." + method : ""));
            }
        }
    }

    private static String shown(Set<String> caughtBy) {
        if (caughtBy.isEmpty()) {
            return "**nothing**";
        }
        String first = caughtBy.stream().limit(TESTS_SHOWN).map(test -> "`" + test + "`").collect(Collectors.joining(", "));
        int more = caughtBy.size() - TESTS_SHOWN;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    private static void copyTree() throws IOException {
        Set<Path> copied = new TreeSet<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                if (NOT_COPIED.contains(folder.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(COPY.resolve(ROOT.relativize(folder)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path relative = ROOT.relativize(file);
                copied.add(relative);
                Files.copy(
                        file,
                        COPY.resolve(relative),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
        deleteLeftovers(copied);
    }

    /** What an earlier run copied and is no longer in the tree, but for what Maven has built. */
    private static void deleteLeftovers(Set<Path> copied) throws IOException {
        try (Stream<Path> files = Files.walk(COPY)) {
            files.filter(Files::isRegularFile)
                    .map(COPY::relativize)
                    .filter(file -> !copied.contains(file) && !file.toString().matches("(.*/)?target/.*"))
                    .forEach(file -> {
                        try {
                            Files.delete(COPY.resolve(file));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
    }

    private static void writePage(List<String> rows, int survivors) throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(PAGE_START) + PAGE_START.length();
        int end = page.indexOf(PAGE_END);
        String table = "Run of " + LocalDate.now() + ": " + (rows.size() - survivors) + " of " + rows.size()
                + " caught.\n\n| what is broken | rule | caught by |\n|---|---|---|\n" + String.join("\n", rows) + "\n";
        Files.writeString(PAGE, page.substring(0, start) + table + page.substring(end));
    }
}
