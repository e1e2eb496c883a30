package dev.hacp.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

@RequiresRoot(programs = {"chrt"})
class HolderWatchIT {

    private static final String VIP = Lan.vip4() + "/32";

    @Test
    void aMoveIsToldByTheKernelsThemselves() {
        try (Lan lan = Lan.create()) {
            List<Host> nodes = lan.hosts("a", "b");
            Host a = nodes.getFirst();
            Host b = nodes.getLast();
            a.run("ip", "addr", "add", VIP, "dev", Host.INTERFACE);
            try (HolderWatch watch = HolderWatch.start(nodes, List.of(Lan.vip4(), Lan.peerVip4(1)))) {
                assertThat(watch.holders(Lan.vip4())).containsExactly("a");
                b.run("ip", "addr", "add", VIP, "dev", Host.INTERFACE);
                a.run("ip", "addr", "del", VIP, "dev", Host.INTERFACE);
                b.run("ip", "addr", "change", VIP, "dev", Host.INTERFACE, "valid_lft", "30", "preferred_lft", "0");

                var histories = watch.histories();
                HolderHistory moved = Objects.requireNonNull(histories.get(Lan.vip4()));
                assertThat(moved.changes()).extracting(HolderHistory.Change::holders)
                        .containsExactly(Set.of("a"), Set.of("a", "b"), Set.of("b"));
                assertThat(moved.moves()).isEqualTo(1);
                assertThat(moved.nobody()).isEmpty();
                assertThat(moved.two()).singleElement().satisfies(micros -> assertThat(micros).isPositive());
                assertThat(Objects.requireNonNull(histories.get(Lan.peerVip4(1))).changes()).hasSize(1);
            }
        }
    }
}
