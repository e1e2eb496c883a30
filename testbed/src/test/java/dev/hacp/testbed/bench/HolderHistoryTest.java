package dev.hacp.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HolderHistoryTest {

    private static final String VIP = "10.77.0.100";

    /// Starts at 0 with cp1, ends at 100.
    private static HolderHistory history(AddressEvent... events) {
        return HolderHistory.of(Set.of("cp1"), 0, Arrays.asList(events), 100);
    }

    private static AddressEvent put(long at, String node) {
        return new AddressEvent(at, node, "eth0", VIP, true);
    }

    private static AddressEvent gone(long at, String node) {
        return new AddressEvent(at, node, "eth0", VIP, false);
    }

    @Test
    void anAddressThatIsPutAgainHasNotMoved() {
        HolderHistory calm = history(put(10, "cp1"), put(20, "cp1"));
        assertThat(calm.moves()).isZero();
        assertThat(calm.nobody()).isEmpty();
        assertThat(calm.two()).isEmpty();
        assertThat(calm.changes()).hasSize(1);
    }

    @Test
    void aMoveWithAGapIsOneMoveAndOneTimeWithNobody() {
        HolderHistory moved = history(gone(10, "cp1"), put(25, "cp2"));
        assertThat(moved.moves()).isEqualTo(1);
        assertThat(moved.nobody()).containsExactly(15L);
        assertThat(moved.two()).isEmpty();
    }

    @Test
    void aMoveWithAnOverlapIsOneMoveAndOneTimeWithTwo() {
        HolderHistory moved = history(put(10, "cp2"), gone(14, "cp1"));
        assertThat(moved.moves()).isEqualTo(1);
        assertThat(moved.nobody()).isEmpty();
        assertThat(moved.two()).containsExactly(4L);
    }

    @Test
    void thereAndBackAreTwoMoves() {
        assertThat(history(put(10, "cp2"), gone(14, "cp1"), gone(20, "cp2"), put(30, "cp1")).moves()).isEqualTo(2);
    }

    @Test
    void anOwnerThatLosesTheAddressAndGetsItAgainHasNotMovedButNobodyHadIt() {
        HolderHistory flapped = history(gone(10, "cp1"), put(60, "cp1"));
        assertThat(flapped.moves()).isZero();
        assertThat(flapped.nobody()).containsExactly(50L);
    }

    @Test
    void whatLastsUntilTheEndCounts() {
        assertThat(history(gone(40, "cp1")).nobody()).containsExactly(60L);
        assertThat(history(put(70, "cp3")).two()).containsExactly(30L);
    }

    @Test
    void theTimeBeforeTheFirstHolderCountsOnlyWhenThereNeverIsOne() {
        HolderHistory started = HolderHistory.of(Set.of(), 0, List.of(put(30, "cp2"), put(50, "cp2")), 100);
        assertThat(started.nobody()).isEmpty();
        assertThat(started.moves()).isZero();
        assertThat(started.first()).hasValue(30);
        assertThat(HolderHistory.of(Set.of(), 0, List.of(), 100).nobody()).containsExactly(100L);
    }

    @Test
    void eventsOfSeveralNodesAreTakenInTheOrderOfTheirTimes() {
        // Each node is read by a thread of its own, and one may be late.
        HolderHistory moved = history(put(25, "cp2"), gone(10, "cp1"));
        assertThat(moved.nobody()).containsExactly(15L);
        assertThat(moved.two()).isEmpty();
    }
}
