/**
 * A kind of aggregation in test sources, from what was sent to what a scrape shows. Read {@link
 * dev.streamgauge.redis.kind.NewKindTest} first.
 */
@NullMarked
package dev.streamgauge.redis.kind;

import org.jspecify.annotations.NullMarked;
