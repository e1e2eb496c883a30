package dev.hacp.leader.kube;

import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.election.LeaseRecord;
import java.time.Duration;
import java.util.Optional;

/// Notices that a program other than an agent of hacp holds the Lease: one that shares its name, or a person's edit. Told
/// once for each such holder, and at most once a minute. Thread-safe.
final class ForeignHolder {

    private static final Duration QUIET = Duration.ofMinutes(1);
    private static final int LONGEST = 80;

    private final String object;
    private final Ticker ticker;
    private String instance = "";
    private String holder = "";
    private String told = "";
    private boolean everTold;
    private long toldNanos;

    /// @param object `namespace/name` of the Lease
    ForeignHolder(String object, Ticker ticker) {
        this.object = object;
        this.ticker = ticker;
    }

    /// @return a sentence for the log when there is something to tell
    synchronized Optional<String> seen(LeaseRecord record) {
        if (record.isReleased()) {
            return Optional.empty();
        }
        String writer = record.annotations().getOrDefault(LeaseRecord.INSTANCE, "");
        // An agent's instance never changes its name.
        boolean edited = writer.equals(instance) && !record.holder().equals(holder);
        if (!writer.isEmpty() && !edited && isNodeName(record.holder())) {
            instance = writer;
            holder = record.holder();
            told = "";
            return Optional.empty();
        }
        long now = ticker.nanos();
        if (record.holder().equals(told) || (everTold && now - toldNanos < QUIET.toNanos())) {
            return Optional.empty();
        }
        told = record.holder();
        everTold = true;
        toldNanos = now;
        String shown = told.length() > LONGEST ? told.substring(0, LONGEST) + "…" : told;
        return Optional.of("Lease " + object + " is held by '" + shown
                + "', which no agent of hacp has written: another"
                + " program uses this Lease, or somebody edited it. The members take it over when it expires; if it comes"
                + " back, give hacp a Lease of its own with --lease-name");
    }

    private static boolean isNodeName(String text) {
        try {
            new NodeName(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
