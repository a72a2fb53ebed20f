package dev.streamgauge.core.exposition;

/**
 * An exposition format: its media type, and a writer for each exposition. A format is one file of this package, and is
 * listed in {@link ExpositionFormats#ALL}. There is one object per format, so that requests for the same format are
 * equal.
 */
public interface ExpositionFormat {

    /** The media type, with the parameters that tell this format from others, such as {@code version}. */
    String contentType();

    /**
     * A new writer.
     *
     * @param capacity bytes to begin with
     */
    ExpositionWriter newWriter(int capacity);
}
