package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.MacAddress;
import dev.hacp.core.StandDown;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;

/// A machine on a kernel and a LAN in memory, whose time the test owns.
abstract class AddressMachineFixture {

    static final VirtualIp VIP = VirtualIp.parse("10.0.0.100");
    static final MacAddress STRANGER = MacAddress.parse("02:00:00:00:00:99");
    static final MacAddress MEMBER = MacAddress.parse("02:00:00:00:00:02");
    static final String OWN = "10.0.0.1/24 on 2";
    static final String HELD = OWN + ", 10.0.0.100/32 on 2 for 3s";

    final FakeKernel kernel = new FakeKernel();
    final Journal journal = new Journal();
    final VipCounters counters = new VipCounters();
    final List<StandDown> relinquished = new ArrayList<>();
    long now = 1_000_000_000_000L;
    Leadership leadership = Leadership.Follower.OF_NOBODY;
    Map<InetAddress, String> members = Map.of();
    AddressMachine machine;

    @BeforeEach
    void start() {
        machine = machine(Duration.ofSeconds(3));
        machine.targets(Set.of(VIP), "");
    }

    AddressMachine machine(Duration fence) {
        VipConfig config = VipConfig.of(vip -> {
            vip.vips = List.of(new VipTarget("10.0.0.100"));
            vip.fence = fence;
        });
        return new AddressMachine(config, kernel, kernel, new AddressMachine.Cluster(() -> leadership,
                () -> members, (reason, _) -> relinquished.add(reason)), journal, () -> now, counters);
    }

    /// Lets time pass, ticking whenever the machine wants to be ticked.
    void pass(Duration duration) {
        long end = now + duration.toNanos();
        while (machine.next() <= end) {
            now = Math.max(now, machine.next());
            machine.tick();
        }
        now = end;
        machine.tick();
    }

    /// A node of this cluster that the kernel knows.
    void member(String address, String name, MacAddress mac) {
        members = Map.of(kernel.neighbour(address, mac), name);
    }

    /// The lines of the story that are about conflicts.
    List<String> conflicts() {
        return journal.entries().stream()
                .filter(e -> e.kind() == Journal.Kind.CONFLICT || e.kind() == Journal.Kind.CONFLICT_ENDED)
                .map(e -> e.kind() + " " + e.keys()).toList();
    }

    void lead(Duration validFor) {
        leadership = new Leadership.Leader(1, now + validFor.toNanos());
    }

    /// Takes over on a LAN where nobody answers.
    void take() {
        lead(Duration.ofHours(1));
        CompletionStage<Void> taken = machine.takeOver();
        pass(Takeover.PROBE_WAIT);
        assertThat(taken.toCompletableFuture()).isCompleted();
        kernel.takeSent();
    }
}
