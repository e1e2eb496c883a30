package dev.hacp.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CalmResultsTest {

    private static final long SECOND = 1_000_000;

    private final CalmResults results = new CalmResults(List.of(Product.HACP, Product.KEEPALIVED),
            Duration.ofMinutes(1));

    private static HolderHistory history(AddressEvent... events) {
        return HolderHistory.of(Set.of("cp1"), 0, List.of(events), 60 * SECOND);
    }

    private static AddressEvent event(long at, String node, boolean put) {
        return new AddressEvent(at, node, "eth0", "10.77.0.100", put);
    }

    @Test
    void peersMayMoveButHacpMayNot() {
        results.add("loops", "loops", Product.KEEPALIVED, history(event(5, "cp2", true), event(9, "cp1", false)), 0);
        results.add("loops", "loops", Product.HACP, history(), 0);
        assertThat(results.broken()).isEmpty();
        results.add("loops", "loops", Product.HACP, history(event(5, "cp2", true), event(9, "cp1", false)), 0);
        assertThat(results.broken()).containsExactly("loops: the VIP of hacp moved 1 times");
    }

    @Test
    void halfASecondWithNobodyIsTheMost() {
        results.add("loss", "loss", Product.HACP,
                history(event(SECOND, "cp1", false), event(SECOND + 500_000, "cp1", true)), 0);
        assertThat(results.broken()).isEmpty();
        results.add("loss", "loss", Product.HACP,
                history(event(SECOND, "cp1", false), event(SECOND + 501_000, "cp1", true)), 0);
        assertThat(results.broken()).containsExactly("loss: nobody had the VIP of hacp for 501 ms");
    }

    @Test
    void theTableHasTheWorstOfAllStretchesAndADashForWhoWasNotThere() {
        results.add("start", "start of everything", Product.HACP,
                history(event(SECOND, "cp1", false), event(SECOND + 200_000, "cp1", true)), 0);
        results.add("start", "start of everything", Product.HACP, history(event(1000, "cp3", true),
                event(31_000, "cp3", false)), 0);
        assertThat(results.table()).contains("| start of everything | 1, 200, 30 | - |");
    }

    @Test
    void aStartSaysWhenItHadItsFirstOwner() {
        HolderHistory late = HolderHistory.of(Set.of(), 0, List.of(event(12 * SECOND, "cp2", true)), 60 * SECOND);
        HolderHistory never = HolderHistory.of(Set.of(), 0, List.of(), 60 * SECOND);
        results.add("start", "start of everything", Product.KEEPALIVED, late, 0);
        results.add("start", "start of everything", Product.KEEPALIVED, never, 0);
        assertThat(results.table()).contains("| 0, 60000, 0; first owner after 12 s, never |");
    }
}
