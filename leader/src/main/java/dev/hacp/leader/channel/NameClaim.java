package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.leader.kube.MemberLeases.MemberLease;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether this agent may have its node name, judged by the member Lease of that name as the API tells it. No clock, no I/O.
///
/// Who is in the Lease and alive has the name. An agent that finds another one there, at another address, asks it by a note
/// in the Lease; an answer, or any refresh, proves that it is alive, and the later one stays out. Only time in which the
/// API answers is counted: while it does not, the other one can neither refresh nor answer.
final class NameClaim {

    /// The Lease is watched, and polled each ten seconds where the watch has died in silence.
    private static final Duration ANSWER = Duration.ofSeconds(15);
    /// One and a half times the pace of the refreshes.
    private static final Duration OVERDUE = Duration.ofSeconds(90);
    /// So that the agent that has the name goes on telling its operator.
    private static final Duration REMINDER = Duration.ofMinutes(5);
    /// Between two looks further apart than this the API was away.
    private static final Duration LONGEST_GAP = Duration.ofSeconds(30);

    enum Step {
        /// The name is free, or was this node's before: write the Lease.
        TAKE,
        /// The Lease is ours.
        KEEP,
        /// The Lease is ours and another agent asks for it: refresh it now.
        ANSWER,
        /// Ask the agent in the Lease whether it is alive.
        ASK,
        WAIT
    }

    private final String fingerprint;
    private HostPort address;
    private boolean held;
    private @Nullable MemberLease rival;
    private boolean refused;
    private boolean asking;
    private long quiet;
    private long sinceAsked;
    private @Nullable Long lastLook;

    NameClaim(String fingerprint, HostPort address) {
        this.fingerprint = fingerprint;
        this.address = address;
    }

    void address(HostPort now) {
        address = now;
    }

    /// @param lease what was read just now; empty when there is none
    Step look(Optional<MemberLease> lease, long now) {
        long gap = lastLook == null ? 0 : now - lastLook;
        lastLook = now;
        long counted = gap <= LONGEST_GAP.toNanos() ? gap : 0;
        if (lease.isEmpty()) {
            return free(Step.TAKE);
        }
        MemberLease found = lease.get();
        if (found.fingerprint().equals(fingerprint)) {
            held = true;
            return free(found.askedBy().isPresent() ? Step.ANSWER : Step.KEEP);
        }
        // Only one process can listen there: the other one was this agent before its restart.
        if (found.address().equals(address) || found.stopped()) {
            return free(Step.TAKE);
        }
        MemberLease before = rival;
        rival = found;
        sinceAsked += counted;
        if (before == null || !before.fingerprint().equals(found.fingerprint())) {
            quiet = 0;
            // Who has just written over ours is alive.
            refused = held;
            held = false;
            asking = false;
        } else if (!before.renewed().equals(found.renewed())) {
            quiet = 0;
            refused = true;
            asking = false;
        } else {
            quiet += counted;
        }
        if (asking) {
            return quiet >= ANSWER.toNanos() ? Step.TAKE : Step.WAIT;
        }
        boolean ask = !refused || quiet >= OVERDUE.toNanos() || sinceAsked >= REMINDER.toNanos();
        return ask ? Step.ASK : Step.WAIT;
    }

    private Step free(Step step) {
        rival = null;
        refused = false;
        asking = false;
        return step;
    }

    /// The note is in the Lease.
    void asked() {
        asking = true;
        quiet = 0;
        sinceAsked = 0;
    }

    /// The Lease was written.
    void took() {
        held = true;
        free(Step.KEEP);
    }

    /// The agent that has the name, or may have it; empty when this one has it.
    Optional<MemberLease> rival() {
        return Optional.ofNullable(rival);
    }

    /// Whether the rival is known to be alive.
    boolean isRefused() {
        return refused;
    }
}
