package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.Ownership;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One member's state machine (`node-a`), stepped by hand. What it wants is kept as text, one line each.
final class Steps implements Effects {

    static final long MILLI = 1_000_000L;
    static final NodeName A = new NodeName("node-a");
    static final NodeName B = new NodeName("node-b");
    static final NodeName C = new NodeName("node-c");
    private static final long INSTANCE = 0xa;

    final List<String> wants = new ArrayList<>();
    final List<String> journal = new ArrayList<>();
    final Map<NodeName, Heartbeat> sent = new HashMap<>();
    private final Set<NodeName> members = new TreeSet<>(Set.of(A));
    final Election election;
    private Fitness fitness = Fitness.FIT;
    private long now = 77_000 * MILLI;
    private long lastCall;
    private LeaseCall lastAsked = new LeaseCall.Read();
    private long lastDuty;
    private int version = 10;
    /// What the other members say of the API, and of their own pace.
    boolean othersReachApi;
    long othersHaveSeen = -1;
    Pace pace = new Pace(150, 400, 0, 3, 0);

    private Steps(ElectorConfig config, boolean alone) {
        election = new Election(config, A, INSTANCE, this, bound -> bound / 2, now);
        if (alone) {
            election.withoutMembers();
        }
    }

    /// Without other members, until [#members] names some.
    Steps(ElectorConfig config) {
        this(config, true);
    }

    Steps() {
        this(ElectorConfig.DEFAULT);
    }

    /// The API has yet to say who the members are.
    static Steps awaitingMembers() {
        return new Steps(ElectorConfig.DEFAULT, false);
    }

    /// All that was wanted since the last look, heartbeats apart.
    String wanted() {
        String text = String.join("; ", wants);
        wants.clear();
        return text;
    }

    Steps tick() {
        election.tick(now, fitness);
        return this;
    }

    /// Lets time pass in steps of at most 50 ms, as the elector's thread does.
    Steps pass(long millis) {
        for (long left = millis; left > 0; left -= 50) {
            now += Math.min(50, left) * MILLI;
            tick();
        }
        return this;
    }

    /// Lets time pass while each read finds this record.
    Steps passReading(long millis, @Nullable LeaseRecord record) {
        for (long left = millis; left > 0; left -= 50) {
            pass(50);
            if (wants.remove("read")) {
                answer(record);
            }
        }
        return this;
    }

    /// The process does not run for that long.
    Steps sleep(long millis) {
        now += millis * MILLI;
        return this;
    }

    Steps fitness(Fitness newest) {
        fitness = newest;
        return this;
    }

    Steps members(NodeName... others) {
        members.addAll(List.of(others));
        election.members(members, now);
        return this;
    }

    LeaseRecord lease(NodeName holder, long transitions) {
        return new LeaseRecord(holder.value(), 15, Instant.EPOCH, Instant.EPOCH, transitions,
                Integer.toString(++version),
                Map.of(LeaseRecord.INSTANCE, holder.equals(A) ? Long.toHexString(INSTANCE) : "other"));
    }

    LeaseRecord released(long transitions) {
        return new LeaseRecord("", 15, Instant.EPOCH, Instant.EPOCH, transitions, Integer.toString(++version),
                Map.of());
    }

    /// The newest call is answered with this record.
    Steps answer(@Nullable LeaseRecord record) {
        election.succeeded(lastCall, record, now);
        return this;
    }

    /// The number of the newest call, for an answer that comes after later calls have gone out.
    long lastCall() {
        return lastCall;
    }

    Steps answer(long call, @Nullable LeaseRecord record) {
        election.succeeded(call, record, now);
        return this;
    }

    /// The newest call, a write, was stored.
    Steps stored() {
        LeaseCall.Write write = (LeaseCall.Write) lastAsked;
        return answer(new LeaseRecord(write.holder(), 15, Instant.EPOCH, Instant.EPOCH, write.transitions(),
                Integer.toString(++version), write.annotations()));
    }

    /// What probes say of that member's kernel.
    Steps kernel(NodeName member, KernelState state) {
        election.kernel(member, state, now);
        return this;
    }

    Steps conflict() {
        election.conflicted(lastCall, now);
        return this;
    }

    Steps fail(String reason) {
        election.failed(lastCall, reason, now);
        return this;
    }

    Steps watch(LeaseRecord record) {
        election.observed(record, now);
        return this;
    }

    Steps dutyDone() {
        boolean taking = election.role() != Role.STANDING_DOWN;
        if (taking) {
            election.tookOver(lastDuty, null, now);
        } else {
            election.stoodDown(lastDuty, null, now);
        }
        return this;
    }

    Steps dutyFails(String why) {
        if (election.role() != Role.STANDING_DOWN) {
            election.tookOver(lastDuty, new IllegalStateException(why), now);
        } else {
            election.stoodDown(lastDuty, new IllegalStateException(why), now);
        }
        return this;
    }

    /// The newest read found that this member holds the Lease.
    Steps follows(NodeName holder, long transitions) {
        return tick().answer(lease(holder, transitions));
    }

    /// A heartbeat of that member that has heard all we sent.
    Steps hear(NodeName from, Claim claim, @Nullable Ownership attests, @Nullable Ownership suspects) {
        return hear(from, claim, attests, suspects, Optional.empty());
    }

    Steps hear(NodeName from, Claim claim, @Nullable Ownership attests, @Nullable Ownership suspects,
            Standing standing) {
        return hear(from, claim, attests, suspects, Optional.empty(), standing);
    }

    Steps hear(NodeName from, Claim claim, @Nullable Ownership attests, @Nullable Ownership suspects,
            Optional<Heartbeat.Grant> grant) {
        return hear(from, claim, attests, suspects, grant, new Standing(0, false, true, ""));
    }

    private Steps hear(NodeName from, Claim claim, @Nullable Ownership attests, @Nullable Ownership suspects,
            Optional<Heartbeat.Grant> grant, Standing standing) {
        Heartbeat ours = sent.get(from);
        long echo = ours == null ? now : ours.stamp().sentNanos();
        Heartbeat beat = new Heartbeat(new Stamp(from.value().hashCode(), now, INSTANCE, echo), claim,
                new View(Optional.ofNullable(attests), Optional.ofNullable(suspects), 0, othersReachApi,
                        othersHaveSeen, Heartbeat.hash(members)),
                standing, grant, new Pace(pace.promise(), pace.patience(), pace.lateness(), pace.connected(), now));
        election.heard(from, beat, now, now);
        return this;
    }

    /// A healthy member's heartbeats every 100 ms for that long.
    Steps hearFor(long millis, Runnable beats) {
        for (long left = millis; left > 0; left -= 100) {
            pass(100);
            beats.run();
        }
        return this;
    }

    /// This member owns the VIP by term 0 of a new Lease, which it made before it knew of the others.
    Steps own() {
        boolean others = members.size() > 1;
        if (others) {
            election.members(Set.of(A), now);
        }
        tick().answer(null).pass(250).stored().dutyDone();
        if (others) {
            election.members(members, now);
        }
        wants.clear();
        return this;
    }

    long now() {
        return now;
    }

    // ---- effects

    @Override
    public void call(long number, LeaseCall call) {
        lastCall = number;
        lastAsked = call;
        wants.add(switch (call) {
            case LeaseCall.Read _ -> "read";
            case LeaseCall.TryWrite _ -> "try a write";
            case LeaseCall.Write write -> (write.resourceVersion().isEmpty() ? "create" : "update") + " holder="
                    + write.holder() + " term=" + write.transitions()
                    + (write.resourceVersion().isEmpty() ? "" : " if=" + write.resourceVersion());
        });
    }

    @Override
    public void takeOver(long number, Leadership.Leader leadership) {
        lastDuty = number;
        wants.add("take over term=" + leadership.term());
    }

    @Override
    public void standDown(long number, StandDown reason) {
        lastDuty = number;
        wants.add("stand down " + reason);
    }

    @Override
    public void send(NodeName peer, Heartbeat heartbeat) {
        sent.put(peer, heartbeat);
    }

    @Override
    public void journal(Journal.Kind kind, String message, Object... keysAndValues) {
        StringBuilder line = new StringBuilder(kind + " " + message);
        for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
            line.append(' ').append(keysAndValues[i]).append('=').append(keysAndValues[i + 1]);
        }
        journal.add(line.toString());
    }

    @Override
    public void handoverEnded(NodeName successor, String problem) {
        wants.add("handover " + successor + ": " + (problem.isEmpty() ? "done" : problem));
    }

    @Override
    public void stopped() {
        wants.add("stopped");
    }
}
