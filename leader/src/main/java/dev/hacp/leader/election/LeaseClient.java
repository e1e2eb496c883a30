package dev.hacp.leader.election;

import dev.hacp.core.Journal.Kind;
import dev.hacp.core.NodeName;
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
    private long lookSince;
    /// What each member said last that it had seen, if it made us look.
    private final Map<NodeName, Long> seenByMembers = new HashMap<>();
    private boolean doubtful;
    private long tryDue;
    /// When the newest call, the newest that was answered and the newest that failed went out.
    private long askedNanos;
    private long answeredNanos;
    private long failedNanos;

    LeaseClient(ElectionContext context, long now) {
        this.context = context;
        this.dueNanos = now;
        this.tryDue = now;
        this.askedNanos = now;
        this.answeredNanos = now;
        this.failedNanos = now;
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
        lookSince = now;
        dueNanos = now;
    }

    /// A member has seen this term in the Lease: a later one than ours is a reason to look, once. It may be wrong for as long as it
    /// does not reach the API itself (etcd was restored from a backup), and anyone who looks all the time never writes.
    void seenBy(NodeName member, long transitions, long now) {
        Long before = seenByMembers.put(member, transitions);
        boolean news = before == null || before != transitions;
        if (news && lease.isKnown() && transitions > lease.transitions()) {
            lookAtOnce(now);
        }
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
        askedNanos = now;
        Call call = calls.begin(Purpose.READ, 0, now);
        context.effects().call(call.number(), new LeaseCall.Read());
    }

    /// Stores on the precondition that the Lease is as it is known here.
    void write(Purpose purpose, String holder, long term, boolean acquired, long now) {
        LeaseRecord known = lease.record();
        Map<String, String> annotations = new HashMap<>(known == null ? Map.of() : known.annotations());
        annotations.put(LeaseRecord.INSTANCE, context.instance());
        askedNanos = now;
        Call call = calls.begin(purpose, term, now);
        annotations.put(LeaseRecord.WRITE, call.mark());
        context.effects().call(call.number(), new LeaseCall.Write(holder, term,
                known == null ? "" : known.resourceVersion(), acquired, annotations, known));
    }

    /// Whether this member could write the Lease now, as far as it knows. As long as another member cannot, only a write of our
    /// own that was stored a moment ago says that we can.
    boolean canWrite(long now) {
        return health.isWell() && (!doubtful || health.wroteWithin(now, 2 * context.retry()));
    }

    /// Whether there is a reason to doubt that the Lease can be written: the owner that this member attests to says that it cannot,
    /// or somebody asks for votes.
    void doubtWrites(boolean doubt) {
        doubtful = doubt;
    }

    /// Sees by a write of the own member Lease whether writes are stored, when that is not known and it matters.
    void tryWrite(long now) {
        boolean unknown = (doubtful || health.refusesWrites()) && health.canRead()
                && !health.wroteWithin(now, context.retry());
        if (unknown && now - tryDue >= 0) {
            tryDue = now + context.retry();
            Call call = calls.begin(Purpose.TRY, 0, now);
            context.effects().call(call.number(), new LeaseCall.TryWrite());
        }
    }

    /// Asks the API, unless it has been asked since then.
    void ask(long since, long now) {
        if (askedNanos - since < 0) {
            read(now);
        }
    }

    /// Whether the API is of no use to this member: what was asked since then has failed, or waits for that long, and nothing of it
    /// was answered; or writes are refused.
    boolean isInVain(long since, long patience, long now) {
        boolean unanswered = answeredNanos - since < 0 && (failedNanos - since >= 0 || calls.hangs(now, patience));
        return unanswered || health.refusesWrites();
    }

    // ---- answers

    /// The call with this number is over, however it went; null when it was before.
    @Nullable
    Call end(long number) {
        return calls.end(number);
    }

    /// The API has said something to this call, whatever it was.
    void heardOf(Call call) {
        if (call.sentNanos() - answeredNanos > 0) {
            answeredNanos = call.sentNanos();
        }
    }

    /// Ends the open write that this record proves to be carried out, by the mark that it carries; null when it proves none. A
    /// record of this process alone proves nothing about a later write: a watch that lists from a cache tells it again.
    @Nullable
    Call endStored(LeaseRecord record, long now) {
        Call open = context.isHolder(record) ? calls.marked(record.write()) : null;
        if (open == null || !context.isHolder(record, open.term())) {
            return null;
        }
        health.wrote(now);
        return calls.end(open.number());
    }

    /// The own member Lease was written.
    void tried(long now) {
        if (health.wrote(now)) {
            context.journal(Kind.WAITING, "the Lease API accepts writes again", "lease", holderText());
        }
    }

    /// The API has answered a call about the Lease. The next one is due after the retry period, or at once if something has
    /// happened since this one went out.
    ///
    /// @return whether the record is news
    boolean answered(Call call, @Nullable LeaseRecord record, long now) {
        heardOf(call);
        if (call.purpose() == Purpose.READ ? health.answered() : health.wrote(now)) {
            context.journal(Kind.WAITING, "the Lease API answers again", "lease", holderText());
        }
        boolean reads = call.purpose() == Purpose.READ;
        boolean authoritative = !reads
                || !lease.isKnown() || (!calls.isOutdated(call) && call.sentNanos() - lease.changedNanos() >= 0);
        boolean news = observe(record, authoritative, now);
        if (reads && call.sentNanos() - lookSince >= 0) {
            mustLook = false;
        }
        if (!mustLook) {
            dueIn(context.retry(), now);
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
        if (call.sentNanos() - failedNanos > 0) {
            failedNanos = call.sentNanos();
        }
        boolean write = call.purpose() != Purpose.READ;
        if (health.failed(write, reason, now)) {
            context.journal(Kind.WAITING, "the Lease cannot be " + (write ? "written" : "read"), "reason", reason);
        }
        if (call.purpose() != Purpose.TRY) {
            dueIn(context.retry() / 2, now);
        }
    }

    String holderText() {
        return lease.isKnown() ? lease.holder().isEmpty() ? "nobody" : lease.holder() : "unknown";
    }
}
