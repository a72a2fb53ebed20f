package dev.streamgauge.server.access;

import dev.streamgauge.server.tenants.OwnedKey;

/** What the credentials of a request prove. */
sealed interface Identity {

    /** A tenant's key. */
    record KeyHolder(OwnedKey owned) implements Identity {}

    /** The administrator's key. */
    record Administrator() implements Identity {}

    /** No valid key. */
    record Unknown() implements Identity {}

    /** The key cannot be checked now. */
    record Undecided() implements Identity {}
}
