package dev.streamgauge.core.exposition;

import java.util.List;

/** The exposition formats. */
public final class ExpositionFormats {

    /** All formats of the product; the first is for clients that prefer none. */
    public static final List<ExpositionFormat> ALL = List.of(TextWriter.FORMAT);

    private ExpositionFormats() {}
}
