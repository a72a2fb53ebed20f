package dev.streamgauge.ingest.fuzz;

import java.nio.file.Path;
import java.util.Locale;

/** What is fuzzed. Its kept inputs are files in {@code src/test/fuzz/<folder>}, one an input. */
enum FuzzTarget {
    JSON_BODY(JsonBodyFuzz.class),
    NDJSON_BODY(NdjsonBodyFuzz.class),
    GZIP_BODY(GzipBodyFuzz.class),
    CANONICAL_LABELS(CanonicalLabelsFuzz.class),
    ENTRY(EntryFuzz.class),
    STORED_VALUE(StoredValueFuzz.class);

    private static final Path KEPT = Path.of("src", "test", "fuzz");

    private final Class<?> entryPoint;

    FuzzTarget(Class<?> entryPoint) {
        this.entryPoint = entryPoint;
    }

    /** The class whose method Jazzer calls. */
    Class<?> entryPoint() {
        return entryPoint;
    }

    /** Fails if the input breaks a promise. */
    void check(byte[] input) {
        switch (this) {
            case JSON_BODY -> JsonBodyFuzz.fuzzerTestOneInput(input);
            case NDJSON_BODY -> NdjsonBodyFuzz.fuzzerTestOneInput(input);
            case GZIP_BODY -> GzipBodyFuzz.fuzzerTestOneInput(input);
            case CANONICAL_LABELS -> CanonicalLabelsFuzz.fuzzerTestOneInput(input);
            case ENTRY -> EntryFuzz.fuzzerTestOneInput(input);
            case STORED_VALUE -> StoredValueFuzz.fuzzerTestOneInput(input);
        }
    }

    /** Its name as a folder's. */
    String folder() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The folder of its kept inputs; the working folder is the module's. */
    Path kept() {
        return KEPT.resolve(folder());
    }
}
