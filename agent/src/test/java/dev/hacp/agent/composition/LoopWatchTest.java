package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.agent.config.BalancerSettings;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.lb.relay.RelayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LoopWatchTest {

    private final Pulse pulse = new Pulse("hacp-vip");
    private final List<Pulse> pulses = new ArrayList<>(List.of(pulse));
    private final LoopWatch watch = new LoopWatch(() -> pulses);

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            watch.look();
        }
    }

    @Test
    void aLoopThatDoesNotBeatForTenLooksIsNamedUntilItBeatsAgain() {
        pulse.beat();
        look(LoopWatch.PATIENCE);
        assertThat(watch.hung()).isEmpty();
        look(1);
        assertThat(watch.hung()).containsExactly("hacp-vip has not run for 10 s");
        look(5);
        assertThat(watch.hung()).containsExactly("hacp-vip has not run for 15 s");
        pulse.beat();
        look(1);
        assertThat(watch.hung()).isEmpty();
    }

    @Test
    void anotherLoopsBeatsDoNotHideTheOneThatHangs() {
        Pulse other = new Pulse("hacp-leader");
        pulses.add(other);
        pulse.beat();
        for (int i = 0; i <= LoopWatch.PATIENCE; i++) {
            other.beat();
            look(1);
        }
        assertThat(watch.hung()).containsExactly("hacp-vip has not run for 10 s");
    }

    @Test
    void aLoopThatHasNotBegunOrHasEndedIsNotMissed() {
        look(2 * LoopWatch.PATIENCE);
        assertThat(watch.hung()).isEmpty();
        pulse.beat();
        look(1);
        pulse.end();
        look(2 * LoopWatch.PATIENCE);
        assertThat(watch.hung()).isEmpty();
    }

    /// A relay loop asks the ticker when it admits a client: here it is held there.
    @Test
    void aRelayLoopThatIsReallyBlockedIsNamedAndTheBlockadeOverForgotten() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        Ticker holding = () -> {
            if (Thread.currentThread().getName().startsWith("hacp-relay")) {
                holdUntil(release);
            }
            return System.nanoTime();
        };
        BalancerPart balancer = new BalancerPart(limitedToARate(),
                List.of(Listen.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))), HealthCredentials.NONE,
                new Journal(), holding);
        LoopWatch watching = new LoopWatch(balancer::pulses);
        try {
            balancer.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> balancer.pulses().stream().allMatch(Pulse::isOwed));
            try (Socket client = new Socket()) {
                client.connect(balancer.balancer().listeners().getFirst().address(), 5_000);
                await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200)).until(() -> {
                    watching.look();
                    return watching.hung().stream().anyMatch(each -> each.startsWith("hacp-relay-1 has not run"));
                });
                release.countDown();
                await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200)).until(() -> {
                    watching.look();
                    return watching.hung().isEmpty();
                });
            }
        } finally {
            release.countDown();
            balancer.stop(Duration.ZERO);
        }
        assertThat(balancer.pulses()).as("they have ended in order").noneMatch(Pulse::isOwed);
    }

    private static void holdUntil(CountDownLatch release) {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static BalancerSettings limitedToARate() {
        return new BalancerSettings(List.of(HostPort.parse("127.0.0.1:1")), BackendConfig.DEFAULT,
                HealthConfig.DEFAULT.with(health -> health.mode = HealthMode.NONE),
                Limits.NONE.with(limits -> limits.acceptRate = 1000), RelayConfig.DEFAULT);
    }
}
