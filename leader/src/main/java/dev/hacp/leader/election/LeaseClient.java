package dev.hacp.leader.election;

import dev.hacp.core.Journal.Kind;
import dev.hacp.leader.election.Calls.Call;
import dev.hacp.leader.election.Calls.Purpose;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The conversation with the Lease API: what is known of the Lease, what has been asked, when to ask next.
final class LeaseClient {

    private final ElectionContext context;
    private final LeaseView lease = new LeaseView();
    private final Calls calls = new Calls();
    private final ApiHealth health = new ApiHealth();
    private long dueNanos;
    private boolean mustLook;

    LeaseClient(ElectionContext context, long now) {
        this.context = context;
        this.dueNanos = now;
    }

    LeaseView lease() {
        return lease;
    }

    ApiHealth health() {
        return health;
    }

    // ---- when to ask

    long dueNanos() {
        return dueNanos;
    }

    boolean isDue(long now) {
        return now - dueNanos >= 0;
    }

    void dueAt(long nanos) {
        dueNanos = nanos;
    }

    /// The next call is due after about this period.
    void dueIn(long period, long now) {
        dueNanos = now + context.jittered(period);
    }

    /// Somebody has written what is not known yet: nothing is written before it was read.
    void lookAtOnce(long now) {
        mustLook = true;
        dueNanos = now;
    }

    boolean mustLook() {
        return mustLook;
    }

    /// Whether another call may go out now, although one may still be open: the newest has hung for `patience`.
    boolean mayBegin(long now, long patience) {
        return calls.mayBegin(now, patience);
    }

    /// Whether a call has not been answered for that long.
    boolean hangs(long now, long patience) {
        return calls.hangs(now, patience);
    }

    long sinceLastSent(long now) {
        return calls.sinceLastSent(now);
    }

    // ---- asking

    void poll(long now) {
        if (isDue(now) && calls.mayBegin(now, context.peerTimeout())) {
            dueIn(context.retry(), now);
            read(now);
        }
    }

    void read(long now) {
        Call call = calls.begin(Purpose.READ, 0, now);
        context.effects().call(call.number(), new LeaseCall.Read());
    }

    /// Stores on the precondition that the Lease is as it is known here.
    void write(Purpose purpose, String holder, long term, boolean acquired, long now) {
        LeaseRecord known = lease.record();
        Map<String, String> annotations = new HashMap<>(known == null ? Map.of() : known.annotations());
        annotations.put(LeaseRecord.INSTANCE, context.instance());
        Call call = calls.begin(purpose, term, now);
        context.effects().call(call.number(), new LeaseCall.Write(holder, term,
                known == null ? "" : known.resourceVersion(), acquired, annotations, known));
    }

    // ---- answers

    /// The call with this number is over, however it went; null when it was before.
    @Nullable
    Call end(long number, long now) {
        return calls.end(number, now);
    }

    /// Ends the open write that a record of this process with this term proves to be carried out; null when none is.
    @Nullable
    Call endStored(LeaseRecord record, long now) {
        Call open = calls.oldestFor(record.transitions());
        return open != null && context.isHolder(record, open.term()) ? calls.end(open.number(), now) : null;
    }

    /// The API has answered a call.
    ///
    /// @return whether the record is news
    boolean answered(Call call, @Nullable LeaseRecord record, long now) {
        if (health.answered()) {
            context.journal(Kind.WAITING, "the Lease API answers again", "lease", holderText());
        }
        boolean reads = call.purpose() == Purpose.READ;
        boolean authoritative = !reads
                || !lease.isKnown() || (!calls.isOutdated(call) && call.sentNanos() - lease.changedNanos() >= 0);
        boolean news = observe(record, authoritative, now);
        if (reads) {
            mustLook = false;
        }
        return news;
    }

    /// @param authoritative an answer to a read or a write; else a watch event, which may be older than what is known
    /// @return whether it is news
    boolean observe(@Nullable LeaseRecord record, boolean authoritative, long now) {
        String before = lease.holder();
        boolean known = lease.isKnown();
        if (!lease.observe(record, authoritative, now)) {
            return false;
        }
        if (!known || !before.equals(lease.holder())) {
            context.counters().leaderChanges++;
            context.journal(Kind.LEADER_CHANGED, "the Lease is " + (lease.isAbsent()
                    ? "absent"
                    : lease.isReleased() ? "released" : "held"), "leader", holderText(), "term", lease.transitions());
        }
        return true;
    }

    /// @param reason one clause for the log
    void failed(Call call, String reason, long now) {
        context.counters().failures++;
        if (health.failed(reason)) {
            context.journal(Kind.WAITING,
                    "the Lease cannot be " + (call.purpose() == Purpose.READ ? "read" : "written"), "reason", reason);
        }
        dueIn(context.retry() / 2, now);
    }

    String holderText() {
        return lease.isKnown() ? lease.holder().isEmpty() ? "nobody" : lease.holder() : "unknown";
    }
}
