package dev.streamgauge.redis.registry;

import dev.streamgauge.core.family.Family;
import java.util.List;

/**
 * Some families of a tenant.
 *
 * @param families by name; a family may be on two pages if families are removed meanwhile
 * @param bytes of their rows, names included
 * @param cursor where the next page begins, or {@link SeriesPage#END}
 */
public record FamilyList(List<Family> families, long bytes, String cursor) {}
