package dev.hacp.leader.members;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoundTripsTest {

    private static final long MILLI = 1_000_000;
    private static final NodeName A = new NodeName("node-a");
    private static final NodeName B = new NodeName("node-b");
    private static final NodeName C = new NodeName("node-c");
    private static final NodeName D = new NodeName("node-d");
    private static final NodeName E = new NodeName("node-e");

    private final Roster roster = new Roster(A, new Timing(150 * MILLI, 400 * MILLI, 15_000 * MILLI));
    private final RoundTrips trips = new RoundTrips(roster, 400 * MILLI, 0);

    /// At that time, what it says having heard what was sent `age` before.
    private void hear(NodeName from, long at, long age) {
        View view = new View(Optional.empty(), Optional.empty(), -1, true, 0, roster.hash());
        Heartbeat beat = new Heartbeat(new Stamp(7, at * MILLI, 1, (at - age) * MILLI), Claim.FOLLOWER, view,
                new Standing(100, false, true, ""), Optional.empty(), new Pace(150, 400, 0, 2, at * MILLI));
        roster.peerOrSilence(from).heard(beat, at * MILLI, at * MILLI, 1);
    }

    private long lately(long at) {
        return trips.lately(null, at * MILLI) / MILLI;
    }

    @Test
    void anAnswerWithinTwoHeartbeatsIsUsual() {
        roster.members(List.of(A, B, C));
        hear(B, 1_000, 60);
        hear(C, 1_000, 99);
        assertThat(lately(1_000)).isZero();
    }

    @Test
    void ofThreeTheFasterOfTheTwoOthersCounts() {
        roster.members(List.of(A, B, C));
        hear(B, 1_000, 390);
        hear(C, 1_000, 160);
        assertThat(lately(1_000)).isEqualTo(60);
    }

    @Test
    void ofFiveTheSecondFastestCounts() {
        roster.members(List.of(A, B, C, D, E));
        hear(B, 1_000, 50);
        hear(C, 1_000, 300);
        hear(D, 1_000, 350);
        hear(E, 1_000, 390);
        assertThat(lately(1_000)).isEqualTo(200);
    }

    @Test
    void theOwnerThatIsWatchedDoesNotCountNorWhoIsSilent() {
        roster.members(List.of(A, B, C));
        hear(B, 1_000, 20);
        hear(C, 1_000, 250);
        assertThat(trips.lately(B, 1_000 * MILLI) / MILLI).isEqualTo(150);
        assertThat(lately(3_000)).as("both were heard two seconds ago").isZero();
    }

    @Test
    void itIsForgottenWithinASecond() {
        roster.members(List.of(A, B, C));
        hear(B, 1_000, 200);
        hear(C, 1_000, 200);
        assertThat(lately(1_000)).isEqualTo(100);
        hear(B, 1_400, 40);
        assertThat(lately(1_400)).isEqualTo(50);
        hear(B, 1_800, 40);
        assertThat(lately(1_800)).isZero();
    }

    @Test
    void anAnswerThatTookMinutesCountsAsTheLongestThatMatters() {
        roster.members(List.of(A, B, C));
        hear(B, 90_000, 60_000);
        hear(C, 90_000, 60_000);
        assertThat(lately(90_000)).isEqualTo(400);
    }
}
