package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.leader.channel.NameClaim.Step;
import dev.hacp.leader.kube.MemberLeases.MemberLease;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NameClaimTest {

    private static final HostPort HERE = new HostPort("10.0.0.1", 9644);
    private static final HostPort THERE = new HostPort("10.0.0.2", 9644);
    private static final long SECOND = 1_000_000_000L;

    private final NameClaim claim = new NameClaim("mine", HERE);
    private long now = 77;

    private static Optional<MemberLease> lease(String fingerprint, HostPort address, String renewed) {
        return Optional.of(new MemberLease(new NodeName("cp1"), address, fingerprint, "1", renewed, Optional.empty(),
                false, Optional.empty()));
    }

    /// The same Lease, looked at once a second.
    private Step lookFor(int seconds, Optional<MemberLease> lease) {
        Step step = claim.look(lease, now);
        for (int second = 0; second < seconds; second++) {
            now += SECOND;
            step = claim.look(lease, now);
        }
        return step;
    }

    @Test
    void aFreeNameIsTakenAndKept() {
        assertThat(claim.look(Optional.empty(), now)).isEqualTo(Step.TAKE);
        claim.took();
        assertThat(claim.look(lease("mine", HERE, "a"), now)).isEqualTo(Step.KEEP);
    }

    @Test
    void anAgentThatWasRestartedReplacesItsOwnOldLeaseAtOnce() {
        assertThat(claim.look(lease("before", HERE, "a"), now)).isEqualTo(Step.TAKE);
    }

    @Test
    void anAgentThatSaidThatItStoppedIsReplacedAtOnceWhereverItWas() {
        MemberLease running = lease("other", THERE, "a").orElseThrow();
        assertThat(claim.look(Optional.of(running), now)).isEqualTo(Step.ASK);
        MemberLease stopped = new MemberLease(running.node(), THERE, "other", "2", "a", Optional.empty(), true,
                Optional.empty());
        assertThat(claim.look(Optional.of(stopped), now)).isEqualTo(Step.TAKE);
    }

    @Test
    void anAgentElsewhereThatAnswersKeepsTheNameAsLongAsItIsAlive() {
        assertThat(claim.look(lease("other", THERE, "a"), now)).isEqualTo(Step.ASK);
        claim.asked();
        assertThat(claim.look(lease("other", THERE, "a"), now += SECOND)).isEqualTo(Step.WAIT);
        assertThat(claim.isRefused()).isFalse();
        assertThat(claim.look(lease("other", THERE, "b"), now += SECOND)).isEqualTo(Step.WAIT);
        assertThat(claim.isRefused()).isTrue();
        for (int minute = 0; minute < 4; minute++) {
            assertThat(lookFor(60, lease("other", THERE, "c" + minute))).isEqualTo(Step.WAIT);
            assertThat(claim.isRefused()).isTrue();
        }
    }

    @Test
    void anAgentElsewhereThatDoesNotAnswerIsDead() {
        assertThat(claim.look(lease("other", THERE, "a"), now)).isEqualTo(Step.ASK);
        claim.asked();
        assertThat(lookFor(14, lease("other", THERE, "a"))).isEqualTo(Step.WAIT);
        assertThat(lookFor(1, lease("other", THERE, "a"))).isEqualTo(Step.TAKE);
    }

    @Test
    void timeInWhichTheApiDoesNotAnswerProvesNothing() {
        assertThat(claim.look(lease("other", THERE, "a"), now)).isEqualTo(Step.ASK);
        claim.asked();
        now += 3600 * SECOND;
        assertThat(claim.look(lease("other", THERE, "a"), now)).isEqualTo(Step.WAIT);
    }

    @Test
    void anAgentThatHadTheNameAndFallsSilentIsAskedAgainAndThenReplaced() {
        claim.look(lease("other", THERE, "a"), now);
        claim.asked();
        claim.look(lease("other", THERE, "b"), now);
        assertThat(lookFor(89, lease("other", THERE, "b"))).isEqualTo(Step.WAIT);
        assertThat(lookFor(1, lease("other", THERE, "b"))).isEqualTo(Step.ASK);
        claim.asked();
        assertThat(claim.isRefused()).isTrue();
        assertThat(lookFor(15, lease("other", THERE, "b"))).isEqualTo(Step.TAKE);
    }

    @Test
    void whoseLeaseIsWrittenOverByALivingAgentElsewhereStaysOutAtOnceAndWritesNothing() {
        claim.took();
        claim.look(lease("mine", HERE, "a"), now);
        assertThat(claim.look(lease("other", THERE, "b"), now)).isEqualTo(Step.WAIT);
        assertThat(claim.isRefused()).isTrue();
    }

    @Test
    void whoHasTheNameAnswersWhoeverAsks() {
        claim.took();
        MemberLease asked = new MemberLease(new NodeName("cp1"), HERE, "mine", "2", "a", Optional.of(THERE), false,
                Optional.empty());
        assertThat(claim.look(Optional.of(asked), now)).isEqualTo(Step.ANSWER);
    }

    @Test
    void whoIsRefusedAsksNowAndThenSoThatTheOtherOneGoesOnTellingItsOperator() {
        claim.look(lease("other", THERE, "a"), now);
        claim.asked();
        claim.look(lease("other", THERE, "0"), now);
        int asked = 0;
        for (int second = 1; second <= 900; second++) {
            now += SECOND;
            if (claim.look(lease("other", THERE, Integer.toString(second / 60)), now) == Step.ASK) {
                asked++;
                claim.asked();
            }
        }
        assertThat(asked).isBetween(2, 3);
    }
}
