package dev.hacp.cli.drill;

import dev.hacp.cli.drill.ConnectProbe.Gap;
import dev.hacp.cli.drill.DrillPlan.Cause;
import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Measures one move of the VIP from before its beginning to its end.
public final class Drill {

    /// Begins the move; it may return before or after its end.
    @FunctionalInterface
    public interface Beginning {
        /// @return what was done, for the first line of the report
        String begin() throws DrillException;
    }

    private static final Duration READY = Duration.ofSeconds(10);
    private static final Duration STEADY = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofMillis(2);
    /// An idle client that nobody wakes notices by its own pings only, and ours sends none.
    private static final Duration ASLEEP = Duration.ofSeconds(15);
    /// A planned move resets idle clients before the address goes.
    private static final Duration BEFORE = Duration.ofSeconds(2);

    private final DrillPlan plan;
    private final Onlookers onlookers;
    private final @Nullable ConnectProbe probe;
    private final @Nullable IdleClients idle;
    private long gone;

    private Drill(DrillPlan plan) throws DrillException {
        this.plan = plan;
        this.onlookers = new Onlookers(plan.vip().toString(), plan.owner(), plan.nodes());
        InetSocketAddress vip = new InetSocketAddress(plan.vip().address(), plan.port());
        Optional<InetAddress> source = plan.isOnOwner() ? Optional.of(ownAddress()) : Optional.empty();
        this.probe = plan.measuresConnections() ? new ConnectProbe(vip, source) : null;
        this.idle = plan.measuresConnections() ? new IdleClients(vip, source) : null;
    }

    /// @param progress gets a sentence now and then
    /// @throws DrillException when the move cannot be begun or has no end in time
    public static DrillReport hold(DrillPlan plan, Beginning beginning, Consumer<String> progress)
            throws DrillException, InterruptedException {
        Drill drill = new Drill(plan);
        try {
            drill.awaitSteady(progress);
            return drill.measure(beginning, progress);
        } finally {
            drill.close();
        }
    }

    /// On the owner itself the kernel would choose the VIP as source, which goes away.
    private InetAddress ownAddress() throws DrillException {
        try {
            for (NetworkInterface nic : NetworkInterface.networkInterfaces().toList()) {
                for (InterfaceAddress each : nic.getInterfaceAddresses()) {
                    if (each.getNetworkPrefixLength() < plan.vip().prefixLength() && IpAddresses
                            .sameSubnet(each.getAddress(), plan.vip().address(), each.getNetworkPrefixLength())) {
                        return each.getAddress();
                    }
                }
            }
        } catch (SocketException e) {
            throw new DrillException("the addresses of this machine cannot be listed: " + e.getMessage());
        }
        throw new DrillException("this machine has no address in the subnet of " + plan.vip());
    }

    private void awaitSteady(Consumer<String> progress) throws DrillException, InterruptedException {
        progress.accept(plan.owner() + " owns " + plan.vip() + "; measuring from here");
        long start = System.nanoTime();
        while (!isReady(start)) {
            if (System.nanoTime() - start > READY.toNanos()) {
                throw new DrillException(probe == null || probe.servedAfter(start).isPresent()
                        ? "no agent answers on its admin address from here: " + plan.nodes()
                        : plan.vip() + ":" + plan.port() + " is not served from here (" + probe.problem()
                                + "): nothing can be measured");
            }
            Thread.sleep(LOOK);
        }
        // The members are told of new clients a moment later.
        Thread.sleep(STEADY);
    }

    private boolean isReady(long start) {
        return onlookers.heard() > 0 && (probe == null || probe.servedAfter(start).isPresent())
                && (idle == null || idle.connected() == IdleClients.COUNT);
    }

    private DrillReport measure(Beginning beginning, Consumer<String> progress)
            throws DrillException, InterruptedException {
        long begun = System.nanoTime();
        CompletableFuture<String> told = new CompletableFuture<>();
        Thread.ofVirtual().name("drill-begin").start(() -> {
            try {
                told.complete(beginning.begin());
            } catch (DrillException | RuntimeException e) {
                told.completeExceptionally(e);
            }
        });
        long said = begun;
        long asked = begun;
        while (true) {
            long now = System.nanoTime();
            noteWhetherItIsGone(now);
            // Not as often as the address: it costs more, and this machine is being measured.
            if (now - asked > ConnectProbe.INTERVAL.toNanos()) {
                asked = now;
                if (isOver(begun)) {
                    return report(begun, told);
                }
            }
            if (told.isCompletedExceptionally()) {
                throw new DrillException(cause(told));
            }
            if (now - begun > plan.within().toNanos()) {
                throw new DrillException(onlookers.newOwner().map(node -> node
                        + " says that it owns the VIP, but no connection is served from here")
                        .orElse("no other node has taken over") + " within " + plan.within().toSeconds()
                        + " s: see 'hacp status'");
            }
            if (now - said > TimeUnit.SECONDS.toNanos(5)) {
                said = now;
                progress.accept(onlookers.newOwner().isEmpty()
                        ? "waiting for another node to take over"
                        : "waiting for clients to notice");
            }
            Thread.sleep(LOOK);
        }
    }

    private void noteWhetherItIsGone(long now) {
        if (plan.isOnOwner() && gone == 0 && !isHere()) {
            gone = now;
        }
    }

    private static String cause(CompletableFuture<String> told) {
        try {
            return told.join();
        } catch (CompletionException e) {
            return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
        }
    }

    private boolean isHere() {
        try {
            return NetworkInterface.getByInetAddress(plan.vip().address()) != null;
        } catch (SocketException e) {
            return true;
        }
    }

    private boolean isOver(long begun) {
        Optional<Long> owned = onlookers.newOwnerSince();
        if (owned.isEmpty() || (plan.isOnOwner() && gone == 0)) {
            return false;
        }
        if (probe == null || idle == null) {
            return true;
        }
        boolean served = probe.servedAfter(owned.get()).isPresent();
        boolean awake = idle.awakeSince(idleSince(begun)) == IdleClients.COUNT;
        return served && (awake || System.nanoTime() - owned.get() > ASLEEP.toNanos());
    }

    /// When the move began: known when it was begun here, else seen by the connections that were no longer served.
    private long beginning(long begun) {
        return plan.cause() == Cause.ELSEWHERE ? gap(begun).map(Gap::from).orElse(begun) : begun;
    }

    /// Long ones from before a move that was waited for do not count: this ends when the new owner begins.
    private Optional<Gap> gap(long begun) {
        long earliest = plan.cause() == Cause.ELSEWHERE
                ? onlookers.newOwnerSince().map(nanos -> nanos - BEFORE.toNanos()).orElse(begun)
                : begun;
        return probe == null ? Optional.empty() : probe.longestGap(earliest);
    }

    private long idleSince(long begun) {
        return plan.cause() == Cause.ELSEWHERE ? beginning(begun) - BEFORE.toNanos() : begun;
    }

    private DrillReport report(long begun, CompletableFuture<String> told) {
        long zero = beginning(begun);
        List<DrillReport.Phase> phases = new ArrayList<>();
        phases.add(new DrillReport.Phase(0, plan.cause() == Cause.ELSEWHERE
                ? "the last connection that " + plan.owner() + " served"
                : told.getNow("the handover was ordered")));
        if (gone != 0) {
            add(phases, zero, Optional.of(gone), "the address is gone from " + plan.owner());
        } else {
            add(phases, zero, onlookers.released(), plan.owner() + " says that the address is gone");
        }
        String owner = onlookers.newOwner().orElse("");
        add(phases, zero, onlookers.newOwnerSince(), owner + " says that it owns the VIP");
        Optional<Gap> gap = gap(begun);
        add(phases, zero, gap.map(Gap::to), "first new connection served");
        List<String> remarks = new ArrayList<>();
        if (idle != null) {
            int awake = idle.awakeSince(idleSince(begun));
            add(phases, zero, idle.lastAwake(idleSince(begun)), "the last of " + awake + " idle clients has noticed");
            if (awake < IdleClients.COUNT) {
                remarks.add(IdleClients.COUNT - awake + " of " + IdleClients.COUNT
                        + " idle clients have noticed nothing within " + ASLEEP.toSeconds() + " s.");
            }
        }
        phases.sort(Comparator.comparingLong(DrillReport.Phase::afterMs));
        remark(remarks);
        return new DrillReport(plan.vip().toString(), plan.owner(), onlookers.newOwner(), phases,
                gap.map(each -> each.length().toMillis()), probe == null ? 0 : probe.failedSince(zero),
                onlookers.account(owner), remarks);
    }

    private void remark(List<String> remarks) {
        switch (plan.cause()) {
            case HANDOVER -> remarks.add("Measured on " + plan.owner() + " itself, from its own address: what the ARP"
                    + " caches of other machines add is seen by 'hacp drill --watch' there.");
            case KILL -> remarks.add("Connections are not measured on the node whose agent is killed: until its kernel"
                    + " takes the address away, its own API server answers there. 'hacp drill --watch' on another"
                    + " machine measures them.");
            case ELSEWHERE -> {
                if (isHere()) {
                    remarks.add("The VIP moved to this very machine: these are not a client's figures.");
                }
            }
        }
    }

    private static void add(List<DrillReport.Phase> phases, long zero, Optional<Long> at, String what) {
        at.ifPresent(nanos -> phases.add(new DrillReport.Phase(TimeUnit.NANOSECONDS.toMillis(nanos - zero), what)));
    }

    private void close() {
        onlookers.close();
        if (probe != null) {
            probe.close();
        }
        if (idle != null) {
            idle.close();
        }
    }
}
