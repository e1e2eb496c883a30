package dev.hacp.testbed.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The measuring client against an API server without anything in between.
@RequiresRoot
class ProbeIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void aGapIsSeenFromTheLastSuccessToTheNextAndHungAttemptsDelayNone() throws Exception {
        try (Lan lan = Lan.create()) {
            Host server = lan.host("cp1");
            Host client = lan.host("client");
            try (ControlPlane plane = ControlPlane.embedded(List.of(server), folder, List.of())) {
                plane.start();
                Dialer dialer = new Dialer(client, plane.pki(), server.ipv4(), ApiServer.PORT, Duration.ofSeconds(3));
                assertThat(dialer.spread(5)).isEqualTo(Map.of("kube-apiserver-cp1", 5));
                assertThat(dialer.isServed()).isTrue();
                try (Probe probe = Probe.start(client, server.ipv4(), ApiServer.PORT, Probe.Kind.TLS_HELLO)) {
                    probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);

                    long paused = System.nanoTime();
                    plane.apiServer(server).pause();
                    Await.until("an attempt hung for its whole time", PATIENCE,
                            () -> !probe.failuresSince(paused).isEmpty());
                    plane.apiServer(server).resume();
                    probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
                    Probe.Gap gap = probe.longestGapSince(paused);
                    // One attempt waits a second, and the server was away for as long.
                    assertThat(gap.duration()).isBetween(Duration.ofMillis(700), PATIENCE);
                    assertThat(gap.fromNanos()).isGreaterThanOrEqualTo(paused - Duration.ofSeconds(1).toNanos());

                    lan.cutOff(server);
                    long cut = System.nanoTime();
                    Await.until("attempts fail", PATIENCE,
                            () -> !probe.failuresSince(cut).isEmpty());
                    lan.heal(server);
                    probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
                }
            }
        }
    }
}
