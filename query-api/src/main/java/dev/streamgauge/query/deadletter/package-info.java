/**
 * A tenant's dead letters. {@link dev.streamgauge.query.deadletter.DeadLettersView} reads them; one resource shows them
 * to the tenant, the other to administrators.
 *
 * <p>Depends on server, and not on the scrapes in the package above.
 */
@NullMarked
package dev.streamgauge.query.deadletter;

import org.jspecify.annotations.NullMarked;
