package dev.hacp.vip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresRoot
class FenceIT {

    /// The promise is 4.5 s (bin/bench vip measures it); `ip` on a machine that runs other tests too needs some more.
    private static final Duration BOUND = Duration.ofSeconds(6);

    @TempDir
    private Path folder;

    private Lan lan;
    private Host a;

    @BeforeEach
    void build() {
        lan = Lan.create();
        a = lan.host("a");
    }

    @AfterEach
    void remove() {
        if (lan != null) {
            lan.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"KILL", "STOP"})
    void anAgentThatIsKilledOrFrozenLosesTheVipByItself(String signal) {
        try (Daemon agent = AgentProcess.start(a, folder.resolve("agent.log"), 3,
                List.of(Lan.vip4().toString(), Lan.vip6().toString()))) {
            assertThat(a.holds(Lan.vip4().address())).isTrue();
            assertThat(a.holds(Lan.vip6().address())).isTrue();
            agent.signal(signal);
            Await.until("no VIP is left", BOUND,
                    () -> !a.holds(Lan.vip4().address()) && !a.holds(Lan.vip6().address()));
        }
    }

    @Test
    void aFrozenAgentThatWakesUpPutsBackWhatItStillLeads() {
        try (Daemon agent = AgentProcess.start(a, folder.resolve("agent.log"), 2, List.of(Lan.vip4().toString()))) {
            agent.signal("STOP");
            Await.until("the VIP is gone", BOUND, () -> !a.holds(Lan.vip4().address()));
            agent.signal("CONT");
            Await.until("the VIP is back", BOUND, () -> a.holds(Lan.vip4().address()));
        }
    }
}
