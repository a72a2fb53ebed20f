package dev.streamgauge.query.rendering;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.redis.registry.FamilyList;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The families of one scrape, by name.
 *
 * <p>Redis returns them in no order, so they have to be in memory to be sorted; but a tenant may have gigabytes of names,
 * help texts and bounds. So they are read in groups of {@value #GROUP_BYTES} bytes, and only each group is sorted: all
 * families of nearly every tenant are one group. A family that Redis returns twice, which happens while families are
 * removed, is shown once. Blocks. Not thread-safe.
 */
final class FamilyRows implements Iterator<Family> {

    static final int GROUP_BYTES = 16 << 20;

    private static final int NAMES = 100;

    private final RegistryReader reader;
    private final ScrapeRequest request;
    private final BiConsumer<String, RuntimeException> unreadable;
    private final List<String> names;
    private Queue<Family> group = new ArrayDeque<>();
    private @Nullable SeriesDeduplicator shown;
    private String cursor = SeriesPage.END;
    private int namesRead;
    private boolean ended;

    /**
     * Reads nothing yet.
     *
     * @param unreadable called for each family whose row cannot be read, with the name and the error
     */
    FamilyRows(RegistryReader reader, ScrapeRequest request, BiConsumer<String, RuntimeException> unreadable) {
        this.reader = reader;
        this.request = request;
        this.unreadable = unreadable;
        this.names = request.names().stream().sorted().toList();
    }

    @Override
    public boolean hasNext() {
        while (group.isEmpty() && !ended) {
            group = new ArrayDeque<>((names.isEmpty() ? readGroup() : readNamed()).values());
        }
        return !group.isEmpty();
    }

    @Override
    public Family next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return group.remove();
    }

    private SortedMap<String, Family> readNamed() {
        List<String> some = names.subList(namesRead, Math.min(namesRead + NAMES, names.size()));
        namesRead += some.size();
        ended = namesRead == names.size();
        return reader.readFamilies(request.tenant(), some, unreadable::accept);
    }

    private SortedMap<String, Family> readGroup() {
        SortedMap<String, Family> read = new TreeMap<>();
        long bytes = 0;
        while (!ended && bytes < GROUP_BYTES) {
            FamilyList page = reader.readFamilies(request.tenant(), cursor, unreadable::accept);
            page.families().forEach(family -> read.put(family.name(), family));
            bytes += page.bytes();
            cursor = page.cursor();
            ended = cursor.equals(SeriesPage.END);
        }
        if (shown == null && ended) {
            return read; // the only group
        }
        if (shown == null) {
            shown = new SeriesDeduplicator();
        }
        SeriesDeduplicator before = shown;
        read.keySet().removeIf(name -> !before.add(name.getBytes(StandardCharsets.UTF_8)));
        return read;
    }
}
