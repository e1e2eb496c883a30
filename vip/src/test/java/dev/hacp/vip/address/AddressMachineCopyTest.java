package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The VIP is somewhere as an address that hacp did not put: on this node, or on a member that never owned it.
class AddressMachineCopyTest extends AddressMachineFixture {

    private static final Duration GRACE = ConflictWatch.grace(Duration.ofSeconds(3));

    @BeforeEach
    void know() {
        member("10.0.0.2", "other", MEMBER);
    }

    private List<Journal.Entry> repairs() {
        return journal.entries().stream().filter(e -> e.kind() == Journal.Kind.ADDRESS_REPAIRED).toList();
    }

    private void owns(String member) {
        leadership = new Leadership.Follower(Optional.of(new NodeName(member)));
    }

    /// The member has the VIP: it answers what is asked.
    private void passAnswered(Duration duration) {
        long end = now + duration.toNanos();
        while (now < end) {
            pass(Duration.ofMillis(100));
            if (kernel.takeSent().contains("probe")) {
                machine.claimed(VIP, MEMBER);
            }
        }
    }

    @Test
    void whatAnotherProgramMadeItsOwnIsTakenBackAtOnceAndTheLanIsNotTold() {
        take();
        kernel.replace(2, "10.0.0.100");
        machine.kernelChanged();
        assertThat(kernel.render()).as("marked and with its fence again").isEqualTo(HELD);
        assertThat(machine.status().holdsAll()).isTrue();
        assertThat(relinquished).isEmpty();
        assertThat(kernel.takeSent()).as("it was there all the time").isEmpty();
        assertThat(repairs()).singleElement().returns(Map.of("vip", "10.0.0.100", "interface", "eth0", "times", "1"),
                Journal.Entry::keys).matches(e -> e.message().startsWith("another program made the VIP its own"));
        assertThat(machine.fitness().fit()).isTrue();

        for (int i = 0; i < 3; i++) {
            kernel.replace(2, "10.0.0.100");
            machine.kernelChanged();
        }
        assertThat(repairs()).as("once a minute").hasSize(1);
        pass(Duration.ofMinutes(1));
        kernel.replace(2, "10.0.0.100");
        machine.kernelChanged();
        assertThat(repairs()).hasSize(2).last().matches(e -> "4".equals(e.keys().get("times")));
    }

    @Test
    void aCopyWithASubnetIsToldAndTheOwnerStaysTheOnlyOneThatAnswers() {
        take();
        kernel.own(2, "10.0.0.100", 24);
        machine.kernelChanged();
        assertThat(relinquished).isEmpty();
        assertThat(machine.status().holdsAll()).isTrue();
        assertThat(conflicts()).containsExactly("CONFLICT {vip=10.0.0.100, address=10.0.0.100/24 on eth0}");
        assertThat(machine.fitness().fit()).isFalse();
        assertThat(machine.fitness().able()).as("no reason to move it").isTrue();
        assertThat(machine.fitness().reason()).contains("10.0.0.100/24 on eth0");
        pass(Duration.ofSeconds(10));
        assertThat(conflicts()).as("told once").hasSize(1);

        kernel.addresses.removeIf(entry -> entry.toString().equals("10.0.0.100/24"));
        machine.kernelChanged();
        assertThat(conflicts()).hasSize(2).last().isEqualTo("CONFLICT_ENDED {vip=10.0.0.100}");
        assertThat(machine.fitness().fit()).isTrue();
        assertThat(kernel.render()).isEqualTo(HELD);
    }

    @Test
    void aNodeThatHasTheVipForItselfSaysSoAndCannotOwnIt() {
        kernel.own(2, "10.0.0.100", 24);
        machine.kernelChanged();
        assertThat(conflicts()).containsExactly("CONFLICT {vip=10.0.0.100, address=10.0.0.100/24 on eth0}");
        assertThat(machine.fitness().able()).isFalse();
        assertThat(machine.fitness().reason())
                .startsWith("the VIP 10.0.0.100 is this node's own address (10.0.0.100/24 on eth0)");
        assertThat(journal.entries()).as("one line for one cause").noneMatch(e -> e.kind() == Journal.Kind.WAITING);
    }

    @Test
    void aMemberThatNeverOwnedTheVipRefusesTheTakeoverByItsName() {
        pass(GRACE.plusMillis(1));
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, MEMBER);
        assertThat(taken.exceptionNow()).isInstanceOf(VipConflictException.class)
                .hasMessageContaining("the member other (02:00:00:00:00:02), which has not owned the VIP lately");
        assertThat(kernel.render()).isEqualTo(OWN);
        assertThat(conflicts())
                .containsExactly("CONFLICT {vip=10.0.0.100, mac=02:00:00:00:00:02, node=other}");
        assertThat(machine.fitness().reason()).contains("the member other");
    }

    @Test
    void whoeverHadTheVipBeforeThisProcessBeganMayStillAnswer() {
        pass(GRACE.minusSeconds(1));
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, MEMBER);
        pass(Takeover.PROBE_WAIT);
        assertThat(taken).isCompleted();
    }

    @Test
    void theOwnerOfAMomentAgoMayStillAnswer() {
        pass(Duration.ofMinutes(1));
        owns("other");
        machine.tick();
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        assertThat(kernel.takeSent()).as("it was not in place long enough").isEqualTo("probe 10.0.0.100");
        machine.claimed(VIP, MEMBER);
        pass(Takeover.PROBE_WAIT);
        assertThat(taken).isCompleted();
    }

    @Test
    void aNodeWithoutANameMayBeTheFormerOwnerOnlyWhileThatOneHasNoAddressThatWeKnow() {
        pass(Duration.ofMinutes(1));
        owns("third");
        machine.tick();
        members = Map.of(kernel.neighbour("10.0.0.2", MEMBER), "");
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, MEMBER);
        assertThat(taken).isNotDone();
        members = Map.of(kernel.neighbour("10.0.0.2", MEMBER), "", kernel.neighbour("10.0.0.3", STRANGER), "third");
        machine.claimed(VIP, MEMBER);
        assertThat(taken.exceptionNow()).hasMessageContaining("the node of this cluster with MAC address");
    }

    @Test
    void aMemberThatNeverOwnedItHasNoTimeToLetGo() {
        pass(Duration.ofMinutes(1));
        owns("third");
        pass(Duration.ofSeconds(20));
        lead(Duration.ofHours(1));
        assertThat(machine.takeOver().toCompletableFuture()).isCompleted();
        machine.claimed(VIP, MEMBER);
        passAnswered(Contest.CONFIRM.plusMillis(1200));
        assertThat(conflicts()).hasSize(1).first().asString().contains("node=other");
        assertThat(Contest.CONFIRM.plusMillis(1200)).as("the former owner would still be excused").isLessThan(GRACE);
    }

    @Test
    void anAddressThatIsPutOnAMemberLaterIsFoundByAQuestion() {
        take();
        pass(GRACE.plusSeconds(1));
        assertThat(kernel.takeSent()).as("the first question, which nobody answers").contains("probe");
        assertThat(conflicts()).isEmpty();
        passAnswered(ConflictWatch.ASK.plus(Contest.CONFIRM).plusMillis(1200));
        assertThat(conflicts()).hasSize(1).first().asString().contains("node=other");
    }

    @Test
    void overIpv6TheLanIsAskedOnceBecauseAnAnswerWouldOverrideAllCaches() {
        VirtualIp ipv6 = VirtualIp.parse("fd00::64");
        kernel.own(2, "fd00::1", 64);
        machine.targets(Set.of(ipv6), "");
        take();
        pass(GRACE);
        kernel.takeSent();
        pass(Duration.ofMinutes(5));
        assertThat(kernel.takeSent()).contains("announce").doesNotContain("probe");
    }
}
