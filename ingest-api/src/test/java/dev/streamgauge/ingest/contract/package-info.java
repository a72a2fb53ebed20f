/**
 * What senders can rely on, case by case: what is accepted, stored and answered. Read {@link
 * dev.streamgauge.ingest.contract.ContractAppTest} first.
 */
@NullMarked
package dev.streamgauge.ingest.contract;

import org.jspecify.annotations.NullMarked;
