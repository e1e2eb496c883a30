package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.MemberDirectory;
import dev.hacp.leader.pki.TestAuthority;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The threads that talk to the Kubernetes API beside the election go on after a fault that nobody thought of.
class LoopSurvivalTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final TestAuthority AUTHORITY = new TestAuthority("kubernetes");
    /// Nothing listens there: port 1 needs root.
    private static final HostPort NOBODY = new HostPort("127.0.0.1", 1);

    @TempDir
    Path directory;

    private final AtomicBoolean broken = new AtomicBoolean(true);
    private ApiServers servers;

    /// Each call to the API ends in an exception as long as `broken` says so.
    private ApiServers servers() {
        Path file = Kubeconfigs.writeUser(directory.resolve("admin.conf"), "https://" + NOBODY, AUTHORITY, "token: a");
        servers = new ApiServers(new Credentials(CredentialSource.of(List.of(file), Map.of()), () -> {
            if (broken.get()) {
                throw new IllegalStateException("a fault that nobody thought of");
            }
            return Instant.now();
        }), List.of(), List.of(), ApiTiming.DEFAULT, Ticker.system());
        return servers;
    }

    @AfterEach
    void close() {
        servers.close();
    }

    @Test
    void discoverySaysSoAndReadsTheListAfterIt() {
        try (EndpointDiscovery discovery = new EndpointDiscovery(servers(), found -> {}).start()) {
            await().atMost(LONG).until(() -> discovery.problem().contains("because of a fault"));
            broken.set(false);
            await().atMost(LONG).until(() -> discovery.problem().contains("no API server answers"));
        }
    }

    @Test
    void theDirectoryOfMembersGoesOn() {
        MemberDirectory members = new MemberDirectory(servers(), "kube-system", "hacp", new NodeName("node-a"),
                new HostPort("10.0.0.1", 9644), new MemberSettings(List.of("10.0.0.10"), 6443, Map.of(), "1"),
                new Journal(), Ticker.system());
        try {
            members.claim("f".repeat(64));
            members.refresh();
            assertThat(members.nameProblem()).isEqualTo("the member Lease is not written yet");
            broken.set(false);
            await().atMost(LONG).until(() -> members.nameProblem().contains("no API server answers"));
        } finally {
            members.close();
        }
    }

    @Test
    void eventsAreDroppedOneByOneAndNotForGood() throws Exception {
        Journal journal = new Journal();
        try (EventPublisher publisher = new EventPublisher(servers(), "kube-system", "hacp", new NodeName("node-a"),
                journal)) {
            for (int i = 1; i <= 3; i++) {
                int n = i;
                journal.record(Journal.Kind.BACKEND_DOWN, "backend is down", "backend", "10.0.0." + i + ":6443");
                await().atMost(LONG).until(() -> publisher.dropped() == n);
            }
        }
    }
}
