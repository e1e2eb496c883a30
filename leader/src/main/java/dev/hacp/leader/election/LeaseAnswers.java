package dev.hacp.leader.election;

import dev.hacp.leader.election.Calls.Call;
import dev.hacp.leader.election.Calls.Purpose;
import org.jspecify.annotations.Nullable;

/// What an answer or an event of the Lease API means for this member as follower and as owner. An answer to a call that is over
/// already means nothing.
final class LeaseAnswers {

    private final ElectionContext context;
    private final LeaseClient leases;
    private final Owner owner;
    private final Follower follower;

    LeaseAnswers(ElectionContext context, LeaseClient leases, Owner owner, Follower follower) {
        this.context = context;
        this.leases = leases;
        this.owner = owner;
        this.follower = follower;
    }

    /// A watch event; null when the Lease was deleted.
    void observed(@Nullable LeaseRecord record, long now) {
        if (leases.observe(record, false, now)) {
            owner.saw(record, now);
        }
        stored(record, now);
    }

    /// @param record what was read or stored; null when there is no Lease
    /// @return whether it answers an open call
    boolean succeeded(long number, @Nullable LeaseRecord record, long now) {
        Call call = leases.end(number);
        if (call == null) {
            return false;
        }
        if (call.purpose() == Purpose.TRY) {
            leases.tried(now);
            return true;
        }
        if (leases.answered(call, record, now)) {
            owner.saw(record, now);
        }
        if (call.purpose() == Purpose.READ) {
            owner.read(call, record, now);
            stored(record, now);
        } else {
            written(call, record, now);
        }
        return true;
    }

    /// An event or a read may tell that a write was carried out before the write's own answer does.
    private void stored(@Nullable LeaseRecord record, long now) {
        Call open = record == null ? null : leases.endStored(record, now);
        if (open != null) {
            written(open, record, now);
        }
    }

    private void written(Call call, @Nullable LeaseRecord record, long now) {
        switch (call.purpose()) {
            case READ, TRY -> {
            }
            case RENEW -> owner.renewed(call, record, now);
            case TAKE -> follower.taken(call, record, now);
            case RELEASE -> owner.released();
        }
    }

    /// The precondition of a write did not hold.
    ///
    /// @return whether it answers an open call
    boolean conflicted(long number, long now) {
        Call call = leases.end(number);
        if (call == null) {
            return false;
        }
        if (call.purpose() == Purpose.TRY) {
            return true;
        }
        context.counters().conflicts++;
        leases.health().conflicted();
        leases.heardOf(call);
        if (call.purpose() == Purpose.RENEW) {
            owner.conflicted(now);
        }
        if (call.purpose() == Purpose.TAKE) {
            follower.tried();
        }
        leases.lookAtOnce(now); // somebody wrote: see who
        return true;
    }

    /// @param reason one clause for the log
    /// @return whether it answers an open call
    boolean failed(long number, String reason, long now) {
        Call call = leases.end(number);
        if (call == null) {
            return false;
        }
        leases.failed(call, reason, now);
        if (call.purpose() == Purpose.TAKE) {
            follower.failed();
        }
        return true;
    }
}
