package dev.streamgauge.core.family;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.snapshot.MetricType;

/**
 * What all series of one name share, as fixed by the family's first accepted sample.
 *
 * @param name the metric name
 * @param type how its samples merge
 * @param help the text of {@code # HELP}, or empty for none
 * @param unit the unit, or empty for none
 * @param layout a histogram's buckets; {@link BucketLayout#DEFAULT} and without meaning for other types
 * @param quantiles a summary's quantiles; {@link Quantiles#NONE} for other types
 */
public record Family(
        String name, MetricType type, String help, String unit, BucketLayout layout, Quantiles quantiles) {}
