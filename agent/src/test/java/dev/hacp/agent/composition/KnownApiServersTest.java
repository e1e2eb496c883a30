package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.lb.backend.Condition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KnownApiServersTest {

    private final AtomicLong nanos = new AtomicLong();
    private final Map<HostPort, Condition> conditions = new HashMap<>();
    private final KnownApiServers known = new KnownApiServers(nanos::get,
            server -> Optional.ofNullable(conditions.get(server)), () -> Set.of(7443));

    private static HostPort at(String text) {
        return HostPort.parse(text);
    }

    private static List<HostPort> servers(String... texts) {
        return Stream.of(texts).map(HostPort::parse).toList();
    }

    private List<String> current() {
        return known.current().stream().map(HostPort::toString).toList();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void oneThatLeftLatelyIsStillAskedAndThenForgotten() {
        known.named(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        known.named(servers("10.0.0.1:6443"));
        conditions.put(at("10.0.0.2:6443"), Condition.REFUSES);
        assertThat(current()).containsExactly("10.0.0.1:6443", "10.0.0.2:6443");
        pass(Duration.ofMinutes(9));
        assertThat(current()).contains("10.0.0.2:6443");
        pass(Duration.ofMinutes(2));
        assertThat(current()).containsExactly("10.0.0.1:6443");
    }

    @Test
    void oneThatIsReadyStaysWhateverTheListSays() {
        known.named(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        known.named(servers("10.0.0.1:6443"));
        conditions.put(at("10.0.0.2:6443"), Condition.READY);
        for (int i = 0; i < 12; i++) {
            pass(Duration.ofMinutes(5));
            assertThat(current()).contains("10.0.0.2:6443");
        }
        conditions.remove(at("10.0.0.2:6443"));
        pass(Duration.ofMinutes(11));
        assertThat(current()).containsExactly("10.0.0.1:6443");
    }

    @Test
    void oneThatIsNamedAgainIsNamedOnce() {
        known.named(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        known.named(servers("10.0.0.1:6443"));
        known.named(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        assertThat(current()).containsExactly("10.0.0.1:6443", "10.0.0.2:6443");
    }

    @Test
    void theWrongPortForAllDoesNotLoseTheRightOnes() {
        // kube-apiserver 1.36.3: the one that wrote last gives its own port to all entries.
        known.named(servers("10.0.0.1:7443", "10.0.0.2:7443"));
        known.named(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        conditions.put(at("10.0.0.1:6443"), Condition.REFUSES);
        conditions.put(at("10.0.0.2:6443"), Condition.READY);
        conditions.put(at("10.0.0.1:7443"), Condition.READY);
        conditions.put(at("10.0.0.2:7443"), Condition.REFUSES);
        pass(Duration.ofMinutes(30));
        current();
        assertThat(current()).containsExactly("10.0.0.1:6443", "10.0.0.2:6443", "10.0.0.1:7443");
    }

    @Test
    void oneThatRefusesIsTriedAtThePortThatThisNodeKnows() {
        known.named(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        assertThat(current()).as("not before it refuses").hasSize(2);
        conditions.put(at("10.0.0.1:6443"), Condition.REFUSES);
        assertThat(current()).containsExactly("10.0.0.1:6443", "10.0.0.2:6443", "10.0.0.1:7443");
        conditions.put(at("10.0.0.1:7443"), Condition.READY);
        conditions.put(at("10.0.0.1:6443"), Condition.SILENT);
        assertThat(current()).as("that was right, however the other one fails").contains("10.0.0.1:7443");
    }

    @Test
    void whatMembersToldIsNotToldOnUnlessItIsReady() {
        known.named(servers("10.0.0.1:6443"));
        known.remembered(servers("10.0.0.2:6443", "10.0.0.3:6443"));
        conditions.put(at("10.0.0.3:6443"), Condition.READY);
        assertThat(current()).hasSize(3);
        assertThat(known.worthTelling()).containsExactly(at("10.0.0.1:6443"), at("10.0.0.3:6443"));
    }

    @Test
    void whatIsRememberedFromBeforeARestartIsAskedUntilDiscoveryHasSpoken() {
        known.remembered(servers("10.0.0.1:6443", "10.0.0.2:6443"));
        assertThat(current()).containsExactlyInAnyOrder("10.0.0.1:6443", "10.0.0.2:6443");
        known.named(servers("10.0.0.3:6443"));
        assertThat(current()).startsWith("10.0.0.3:6443").hasSize(3);
        pass(Duration.ofMinutes(11));
        assertThat(current()).containsExactly("10.0.0.3:6443");
    }
}
