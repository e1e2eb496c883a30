package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.leader.election.ElectorStatus;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberStatus;
import dev.hacp.leader.members.Ownership;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AgentReportTest {

    private static final NodeName SELF = new NodeName("cp2");
    private static final NodeName OWNER = new NodeName("cp1");
    private static final Instant ACQUIRED = Instant.parse("2026-01-02T03:04:05Z");

    private final Journal journal = new Journal();

    @Test
    void whoJoinsLaterTellsSinceWhenTheOwnerHasHadTheVipAndNotSinceWhenItKnows() {
        journal.record(Journal.Kind.LEADER_CHANGED, "the Lease is held", "leader", OWNER);
        assertThat(AgentReport.since(following(Optional.of(ACQUIRED)), false, journal.entries()))
                .isEqualTo("2026-01-02T03:04:05Z");
        assertThat(AgentReport.since(following(Optional.empty()), false, journal.entries()))
                .isEqualTo(journal.entries().getFirst().at().toString());
        assertThat(AgentReport.since(following(Optional.empty()), false, List.of())).isNull();
    }

    @Test
    void anOwnerTakesItselfForTheOwnerAndTheOthersTellWhomTheyFollow() {
        assertThat(AgentReport.member(member(OWNER, Role.OWNER, Optional.empty()), null, null).follows())
                .isEqualTo("cp1");
        Optional<Ownership> attests = Optional.of(new Ownership(OWNER, 7));
        assertThat(AgentReport.member(member(SELF, Role.FOLLOWER, attests), null, null).follows()).isEqualTo("cp1");
        assertThat(AgentReport.member(member(SELF, Role.FOLLOWER, Optional.empty()), null, null).follows()).isNull();
    }

    private static MemberStatus member(NodeName name, Role role, Optional<Ownership> attests) {
        return new MemberStatus(name, true, 20, null, role, attests, Optional.empty(), true, 0, true, "",
                KernelState.ANSWERING, 12);
    }

    private static ElectorStatus following(Optional<Instant> acquired) {
        return new ElectorStatus(SELF, Role.FOLLOWER, Optional.of(OWNER), new Leadership.Follower(Optional.of(OWNER)),
                7,
                Duration.ZERO, acquired, Duration.ZERO, Optional.empty(), false, false, "", Fitness.FIT, 2, 2,
                Duration.ZERO,
                List.of());
    }
}
