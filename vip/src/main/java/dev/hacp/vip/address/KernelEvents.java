package dev.hacp.vip.address;

import dev.hacp.vip.netlink.NetlinkEvent;
import dev.hacp.vip.netlink.RtMonitor;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears address and link changes on the thread `hacp-vip-events` and says when the tables must be looked at again.
final class KernelEvents implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(KernelEvents.class);
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final Duration REOPEN = Duration.ofSeconds(1);

    private final Predicate<String> concerns;
    private final Runnable changed;
    private final Runnable pathChanged;
    private final CountDownLatch stopped;

    /// @param concerns whether a change of the interface of this name matters: a node's containers make links come and go
    ///                 all day
    /// @param changed  called when something that matters has changed, or may have
    /// @param pathChanged called when the LAN must be told where such an interface is now
    /// @param stopped  ends the thread
    KernelEvents(Predicate<String> concerns, Runnable changed, Runnable pathChanged, CountDownLatch stopped) {
        this.concerns = concerns;
        this.changed = changed;
        this.pathChanged = pathChanged;
        this.stopped = stopped;
    }

    @Override
    public void run() {
        boolean running = true;
        while (running) {
            try (RtMonitor monitor = RtMonitor.open(PATIENCE)) {
                // What changed before the subscription, or while it was lost.
                changed.run();
                while (stopped.getCount() > 0) {
                    monitor.await(this::heard);
                }
                running = false;
            } catch (IOException | RuntimeException e) {
                log.warn("lost the subscription to address and link changes: {}", e.toString());
                running = pause();
            }
        }
    }

    void heard(NetlinkEvent event) {
        boolean matters = switch (event) {
            // Our own re-arming reports itself each second.
            case NetlinkEvent.AddressAdded(var address) -> !address.isOurs();
            case NetlinkEvent.AddressRemoved _,NetlinkEvent.Overrun _ -> true;
            case NetlinkEvent.LinkChanged(var link) -> concerns.test(link.name());
            case NetlinkEvent.PathChanged(var link) -> concerns.test(link.name());
            case NetlinkEvent.LinkRemoved(var link) -> concerns.test(link.name());
        };
        if (matters && event instanceof NetlinkEvent.PathChanged) {
            pathChanged.run();
        }
        if (matters) {
            changed.run();
        }
    }

    /// @return whether to go on
    private boolean pause() {
        try {
            return !stopped.await(REOPEN.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
