package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import java.time.Duration;

/// One API server and what is remembered of its failures. Thread-safe.
final class ApiEndpoint {

    private final HostPort address;
    private int failures;
    private long retryAtNanos;
    private int outstanding;
    private long outstandingSinceNanos;

    ApiEndpoint(HostPort address) {
        this.address = address;
    }

    HostPort address() {
        return address;
    }

    synchronized void asked(long nowNanos) {
        if (outstanding++ == 0) {
            outstandingSinceNanos = nowNanos;
        }
    }

    synchronized void left() {
        outstanding--;
    }

    synchronized void answered() {
        failures = 0;
    }

    synchronized void failed(long nowNanos, ApiTiming timing) {
        Duration pause = timing.leastBackoff().multipliedBy(1L << Math.min(failures, 16));
        pause = pause.compareTo(timing.mostBackoff()) > 0 ? timing.mostBackoff() : pause;
        failures++;
        retryAtNanos = nowNanos + pause.toNanos();
    }

    /// Failed not long ago, or has been silent for longer than the hedge: to be asked after the others.
    synchronized boolean suspect(long nowNanos, ApiTiming timing) {
        boolean pausing = failures > 0 && retryAtNanos - nowNanos > 0;
        boolean silent = outstanding > 0 && nowNanos - outstandingSinceNanos >= timing.hedge().toNanos();
        return pausing || silent;
    }

    synchronized boolean failing() {
        return failures > 0;
    }
}
