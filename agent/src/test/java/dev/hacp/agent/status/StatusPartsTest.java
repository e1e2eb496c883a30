package dev.hacp.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hacp.core.Journal;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusPartsTest {

    private final Journal journal = new Journal();

    @Test
    void aMoveHasItsReasonAndItsGapAndNoneWhereNoneIsKnown() {
        journal.record(Journal.Kind.TOOK_OVER, "this node owns the VIP", "reason", "the Lease is released");
        journal.record(Journal.Kind.STOOD_DOWN, "this node no longer owns the VIP", "reason", "on request");
        journal.record(Journal.Kind.TOOK_OVER, "this node owns the VIP", "reason", "handed over by cp2", "gapMs", 35);
        assertThat(StatusParts.moves(journal.entries())).extracting(AgentStatus.Move::cause, AgentStatus.Move::gapMs)
                .containsExactly(tuple("the Lease is released", null),
                        tuple("on request", null),
                        tuple("handed over by cp2", 35L));
    }

    @Test
    void whatHappenedKeepsTheOrderInWhichItWasTold() {
        journal.record(Journal.Kind.TOOK_OVER, "this node owns the VIP", "reason", "a", "term", 1, "lease", "held",
                "ms", 2, "gapMs", 3);
        List<AgentStatus.Happening> told = StatusParts.timeline(journal.entries());
        assertThat(told.getFirst().keys().keySet()).containsExactly("reason", "term", "lease", "ms", "gapMs");
    }
}
