package dev.hacp.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendUpkeep;
import dev.hacp.lb.backend.Condition;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The checks against a real kube-apiserver and its etcd, with the defaults of `hacp run`.
@RequiresRoot
class KubeApiServerHealthIT {

    private static final Logger log = LoggerFactory.getLogger(KubeApiServerHealthIT.class);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Journal journal = new Journal();
    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, journal, Ticker.system());

    @Test
    void stalledEtcdDrainsAndOnlyADeadServerIsDown(@TempDir Path folder) throws IOException {
        ScheduledExecutorService thread = BackendUpkeep.thread();
        try (Lan lan = Lan.create()) {
            Host middle = lan.host("balancer");
            Host api = lan.host("api");
            try (ControlPlane plane = ControlPlane.prepare(List.of(api), folder, List.of())) {
                assumeTrue(plane.isReal(), "needs a real kube-apiserver and etcd: " + plane.description());
                plane.start();
                AtomicReference<Optional<HealthCredential>> credential = new AtomicReference<>(Optional.empty());
                try (HealthChecker checker = new HealthChecker(pool, HealthConfig.DEFAULT, credential::get,
                        Ticker.system(), thread, inside(middle))) {
                    checker.start();
                    follow(plane, checker, credential);
                }
            }
        } finally {
            thread.shutdownNow();
        }
    }

    private void follow(ControlPlane plane, HealthChecker checker,
            AtomicReference<Optional<HealthCredential>> credential) {
        ApiServer server = plane.apiServers().getFirst();
        pool.update(List.of(BackendSpec.of(server.address())));

        // Before there are credentials: /readyz answers everybody.
        awaitState(BackendState.UP);
        assertThat(checker.snapshot(server.address()).last()).contains(Finding.READY);
        assertThat(checker.snapshot(server.address()).verified()).isFalse();
        credential.set(Optional.of(new HealthCredential(plane.pki().clientContext(Optional.of(plane.pki().admin())),
                Optional.empty(), "admin.conf")));
        await().atMost(LONG).until(() -> checker.snapshot(server.address()).verified());
        assertThat(backend().reason()).isEqualTo("ready");
        assertThat(checker.snapshot(server.address()).certificateExpires())
                .hasValueSatisfying(at -> assertThat(at).isAfter(Instant.now()));

        // etcd hangs: /readyz takes longer than the check may, but TLS works. Clients' watches live on.
        plane.etcd().getFirst().pause();
        awaitState(BackendState.DRAIN);
        log.info("etcd stopped: {}", backend().reason());
        assertThat(backend().reason()).containsAnyOf("[-]etcd", "TLS works but /readyz gave no answer");
        assertThat(backend().condition()).isEqualTo(Condition.CANNOT_SERVE);
        plane.etcd().getFirst().resume();
        awaitState(BackendState.UP);

        // The process is paused: the kernel still accepts for it.
        long start = System.nanoTime();
        server.pause();
        awaitState(BackendState.DOWN);
        log.info("API server stopped: DOWN after {} ms: {}", millisSince(start), backend().reason());
        assertThat(millisSince(start)).as("ms until DOWN").isLessThan(8000);
        server.resume();
        awaitState(BackendState.UP);

        // Killed: the warm connection tells at once.
        start = System.nanoTime();
        server.kill();
        awaitState(BackendState.DOWN);
        log.info("API server killed: DOWN after {} ms: {}", millisSince(start), backend().reason());
        assertThat(backend().reason()).startsWith("connect refused");
        assertThat(backend().condition()).isEqualTo(Condition.REFUSES);
        server.start();
        awaitState(BackendState.UP);

        // A graceful end: whatever comes first, the end is DOWN.
        server.terminate();
        awaitState(BackendState.DOWN);
        assertThat(journal.entries().stream().map(Journal.Entry::kind)
                .filter(kind -> kind == Journal.Kind.BACKEND_DOWN)).hasSize(3);
    }

    private Backend backend() {
        return pool.members().getFirst();
    }

    private void awaitState(BackendState state) {
        await().atMost(LONG).pollInterval(Duration.ofMillis(5))
                .until(() -> backend().checked() && backend().state() == state);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static ThreadFactory inside(Host host) {
        return task -> Thread.ofPlatform().daemon().unstarted(() -> {
            try {
                host.namespace().enter();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            task.run();
        });
    }
}
