package dev.hacp.testbed.bench;

import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Looks ten times a second which node has the VIP.
final class HolderWatch implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofMillis(100);

    private final Cluster cluster;
    private final Thread thread;
    private volatile boolean stopped;
    private List<Host> last;
    private int moves;
    private long absentSince;
    private Duration longestAbsence = Duration.ZERO;

    private HolderWatch(Cluster cluster) {
        this.cluster = cluster;
        this.last = cluster.lan().holders(Lan.vip4());
        this.thread = Thread.ofPlatform().name("holder-watch").daemon().start(this::run);
    }

    static HolderWatch start(Cluster cluster) {
        return new HolderWatch(cluster);
    }

    private void run() {
        while (!stopped) {
            look(cluster.lan().holders(Lan.vip4()));
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }

    private synchronized void look(List<Host> now) {
        if (now.isEmpty()) {
            absentSince = absentSince == 0 ? System.nanoTime() : absentSince;
            Duration absence = Duration.ofNanos(System.nanoTime() - absentSince);
            longestAbsence = absence.compareTo(longestAbsence) > 0 ? absence : longestAbsence;
        } else {
            absentSince = 0;
            if (!now.equals(last)) {
                moves++;
                last = now;
            }
        }
    }

    synchronized int moves() {
        return moves;
    }

    synchronized Duration longestAbsence() {
        return longestAbsence;
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
