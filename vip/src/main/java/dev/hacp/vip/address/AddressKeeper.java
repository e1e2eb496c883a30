package dev.hacp.vip.address;

import dev.hacp.core.Durations;
import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.LeaderDuty;
import dev.hacp.core.Leadership;
import dev.hacp.core.MacAddress;
import dev.hacp.core.Pulse;
import dev.hacp.core.StandDown;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.wire.PcapWire;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds the VIPs while this node leads. All state belongs to the thread `hacp-vip`; the threads `hacp-vip-events`
/// (kernel reports), `hacp-vip-wire` (frames) and `hacp-vip-names` (DNS) only post to it; others read snapshots.
public final class AddressKeeper implements LeaderDuty, AutoCloseable {

    /// What the keeper needs from the rest of the agent.
    ///
    /// @param leadership the live value; must not block
    /// @param members    addresses of the cluster's other nodes, whose kernels may still answer for the VIP, with the node's
    ///                   name, or empty where it is not known; must not block
    /// @param relinquish called on `hacp-vip` when this node should let go for at least that long
    /// @param targets    told which VIPs are configured, at the start and whenever a DNS name changes its addresses
    public record Surroundings(Supplier<Leadership> leadership, Supplier<Map<InetAddress, String>> members,
            BiConsumer<StandDown, Duration> relinquish, Consumer<Set<VirtualIp>> targets, ThreadStarter threads) {}

    private static final Logger log = LoggerFactory.getLogger(AddressKeeper.class);
    private static final Duration CLOSE = Duration.ofMillis(1500);
    private static final Duration END = Duration.ofMillis(500);
    private static final Duration REOPEN = Duration.ofSeconds(1);
    private static final Duration AFTER_FAULT = Duration.ofMillis(100);
    /// More claims than this that nobody has looked at are a flood, and further ones say nothing new.
    private static final int MAX_CLAIMS = 64;

    private final VipConfig config;
    private final Surroundings surroundings;
    private final Journal journal;
    private final Ticker ticker;
    private final VipNames names;
    private final VipCounters counters = new VipCounters();
    private final LinkedBlockingQueue<Consumer<AddressMachine>> mailbox = new LinkedBlockingQueue<>();
    private final Pulse pulse = new Pulse("hacp-vip");
    private final AtomicBoolean changePosted = new AtomicBoolean();
    private final AtomicInteger claimsPosted = new AtomicInteger();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Runnable onKernelChange = () -> {};
    private volatile VipStatus status = VipStatus.UNKNOWN;
    private volatile Fitness fitness = Fitness.unfit(VipStatus.UNKNOWN.problem());
    private @Nullable Thread thread;

    public AddressKeeper(VipConfig config, Surroundings surroundings, Journal journal, Ticker ticker) {
        this(config, surroundings, journal, ticker, new VipNames(config));
    }

    AddressKeeper(VipConfig config, Surroundings surroundings, Journal journal, Ticker ticker,
            VipNames names) {
        this.config = config;
        this.surroundings = surroundings;
        this.journal = journal;
        this.ticker = ticker;
        this.names = names;
    }

    /// Starts the threads; leftovers of an earlier run are removed first. A missing interface is waited for.
    public synchronized void start() {
        if (thread == null) {
            thread = surroundings.threads().start("hacp-vip", this::run);
        }
    }

    /// Whether this node may still take the VIPs is asked when it does so: what was true here may be over by then.
    @Override
    public CompletionStage<Void> takeOver(Leadership.Leader leadership) {
        return post(AddressMachine::takeOver);
    }

    @Override
    public CompletionStage<Void> standDown(StandDown reason) {
        return post(machine -> machine.standDown(reason));
    }

    private CompletionStage<Void> post(Function<AddressMachine, CompletionStage<Void>> step) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        mailbox.add(machine -> {
            try {
                step.apply(machine).whenComplete((done, failure) -> {
                    // Callers that wait for the result must find it in the snapshot.
                    publish(machine);
                    if (failure == null) {
                        result.complete(null);
                    } else {
                        result.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
                throw e;
            }
        });
        if (stopped.getCount() == 0) {
            result.completeExceptionally(new CancellationException("the address keeper has stopped"));
        }
        return result;
    }

    /// Whether this node can hold the VIPs now; never blocks.
    public Fitness fitness() {
        return fitness;
    }

    public VipStatus status() {
        return status;
    }

    public VipCounters counters() {
        return counters;
    }

    /// Of the thread that owns the VIPs.
    public Pulse pulse() {
        return pulse;
    }

    private void run() {
        try {
            PcapWire wire = new PcapWire(surroundings.threads(), this::claimed,
                    () -> mailbox.add(AddressMachine::wireOpened));
            try (wire; KernelAddressTable table = openTable()) {
                AddressMachine machine = new AddressMachine(config, table, wire, new AddressMachine.Cluster(
                        surroundings.leadership(), surroundings.members(), surroundings.relinquish()), journal, ticker,
                        counters);
                resolved(machine, names.literals());
                surroundings.threads().start("hacp-vip-events",
                        new KernelEvents(this::concerns, this::kernelChanged,
                                () -> mailbox.add(AddressMachine::pathChanged), stopped));
                if (!names.isEmpty()) {
                    surroundings.threads().start("hacp-vip-names", this::followNames);
                }
                loop(machine);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pulse.end();
            stopped.countDown();
        }
    }

    private KernelAddressTable openTable() throws InterruptedException {
        while (true) {
            try {
                return new KernelAddressTable();
            } catch (IOException e) {
                log.error("cannot talk to the kernel's address table: {}", e.getMessage());
                Thread.sleep(REOPEN);
            }
        }
    }

    private void loop(AddressMachine machine) throws InterruptedException {
        while (!stopping.get()) {
            pulse.beat();
            long wait = Math.max(0, machine.next() - ticker.nanos());
            Consumer<AddressMachine> step = mailbox.poll(Math.min(wait, Pulse.PERIOD.toNanos()), TimeUnit.NANOSECONDS);
            try {
                if (step != null) {
                    step.accept(machine);
                }
                machine.tick();
                publish(machine);
            } catch (RuntimeException | Error e) {
                // One failed step must not end the re-arming: the Lease would go on being renewed without a VIP.
                log.error("a step of the address keeper failed", e);
                pause(AFTER_FAULT);
            }
        }
    }

    private void publish(AddressMachine machine) {
        status = machine.status();
        fitness = machine.fitness();
    }

    private void resolved(AddressMachine machine, VipNames.Result result) {
        surroundings.targets().accept(machine.targets(result.vips(), result.problem()));
    }

    private void followNames() {
        while (!stopping.get()) {
            VipNames.Result result = names.resolve();
            mailbox.add(machine -> resolved(machine, result));
            pause(names.pause(result));
        }
    }

    /// A change of an interface that is not, and cannot become, the VIPs' is not worth a look.
    private boolean concerns(String link) {
        String ours = status.interfaceName();
        return ours.isEmpty() || ours.equals(link) || config.interfaceName().filter(link::equals).isPresent();
    }

    private void claimed(VirtualIp vip, MacAddress by) {
        if (claimsPosted.incrementAndGet() > MAX_CLAIMS) {
            claimsPosted.decrementAndGet();
            return;
        }
        mailbox.add(machine -> {
            claimsPosted.decrementAndGet();
            machine.claimed(vip, by);
        });
    }

    /// Another part of the agent that wants to know when the node's addresses or links have changed, or may have; called on
    /// `hacp-vip-events`, must not block. Not for our own VIPs.
    public void onKernelChange(Runnable listener) {
        onKernelChange = listener;
    }

    /// At most one that is not looked at yet is in the mailbox.
    private void kernelChanged() {
        onKernelChange.run();
        if (changePosted.compareAndSet(false, true)) {
            mailbox.add(machine -> {
                changePosted.set(false);
                machine.kernelChanged();
            });
        }
    }

    private void pause(Duration duration) {
        try {
            stopped.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Removes what is held, reads back that it is gone, and stops the threads; within two seconds.
    @Override
    public void close() {
        synchronized (this) {
            if (thread == null || stopping.get()) {
                return;
            }
        }
        try {
            standDown(StandDown.SHUTDOWN).toCompletableFuture().get(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            log.warn("the VIP may still be on this node; {}: {}", config.fence().isZero()
                    ? "remove it with: ip address del"
                    : "the kernel removes it within " + Durations.format(config.fence().plusSeconds(1)), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stopping.set(true);
        mailbox.add(_ -> {});
        try {
            if (!stopped.await(END.toNanos(), TimeUnit.NANOSECONDS)) {
                log.debug("the address keeper is still stopping");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
