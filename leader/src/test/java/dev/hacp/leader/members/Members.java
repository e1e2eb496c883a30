package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What node-a knows of node-b and node-c, told by hand. Times are milliseconds; 0 is when its quiet time is over.
final class Members {

    static final long MILLI = 1_000_000L;
    static final NodeName A = new NodeName("node-a");
    static final NodeName B = new NodeName("node-b");
    static final NodeName C = new NodeName("node-c");
    static final Ownership CS = new Ownership(C, 4);
    static final Claim C_OWNS = new Claim(Heartbeat.Role.OWNER, 4, true);
    private static final long SELF = 0xa;

    long now = 10_000 * MILLI;
    final Evidence evidence = new Evidence(A, SELF, new Timing(50 * MILLI, 400 * MILLI, 15_000 * MILLI), now);
    final Roster roster = evidence.roster();

    Members() {
        evidence.members(List.of(A, B, C));
        now += 500 * MILLI;
    }

    Members pass(long millis) {
        now += millis * MILLI;
        return this;
    }

    /// This member holds nothing, the Lease names node-c by term 4.
    Members look() {
        evidence.reconsider(now, true, 4, C, false);
        return this;
    }

    /// C owns, is heard and attested to.
    Members attestToC() {
        says(C).claims(C_OWNS).now();
        return look();
    }

    Said says(NodeName from) {
        return new Said(from);
    }

    /// One message, by default a fit follower's that has heard all that we sent.
    final class Said {

        private final NodeName from;
        private long instance;
        private Claim claim = Claim.FOLLOWER;
        private @Nullable Ownership attests;
        private @Nullable Ownership suspects;
        private int members = roster.hash();
        private long echoInstance = SELF;
        private long echo = now;
        private boolean api = true;
        private int priority;
        private boolean fit = true;
        private Pace pace = new Pace(150, 400, 0, 3, now);

        private Said(NodeName from) {
            this.from = from;
            this.instance = from.hashCode();
        }

        Said claims(Claim newest) {
            claim = newest;
            return this;
        }

        Said attests(Ownership to) {
            attests = to;
            return this;
        }

        Said suspects(Ownership owner) {
            suspects = owner;
            return this;
        }

        Said counting(int hash) {
            members = hash;
            return this;
        }

        Said asAnotherProcess() {
            instance++;
            return this;
        }

        Said echoing(long ofInstance, long sentNanos) {
            echoInstance = ofInstance;
            echo = sentNanos;
            return this;
        }

        /// What it says is from after it heard what we sent so long ago.
        Said stale(long millis) {
            echo = now - millis * MILLI;
            return this;
        }

        Said withoutApi() {
            api = false;
            return this;
        }

        Said priority(int higher) {
            priority = higher;
            return this;
        }

        Said unfit() {
            fit = false;
            return this;
        }

        Said pace(Pace newest) {
            pace = newest;
            return this;
        }

        /// Is said and heard now.
        ///
        /// @return for how long our clock stopped, as this shows
        long now() {
            View view = new View(Optional.ofNullable(attests), Optional.ofNullable(suspects), -1, api, 4, members);
            return evidence.heard(from, new Heartbeat(new Stamp(instance, now, echoInstance, echo), claim, view,
                    new Standing(priority, false, fit, fit ? "" : "no link"), Optional.empty(), pace), now);
        }
    }
}
