package dev.hacp.leader.probe;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.hacp.core.NodeName;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import dev.hacp.leader.members.KernelState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the kernels of the other members every [Timing#interval] whether they are there, on a thread of its own
/// (`hacp-probe`), under SCHED_RR where the process may.
///
/// Each round drains the sockets, judges, and only then asks again. What a kernel answered while this thread or the whole
/// process was paused has waited in the socket, so our own lateness makes nobody look late (`ProbeWindow` has the
/// rules). A round makes no objects of its own; the FFM adapters make 40 octets per call with errno (18 KB/s for two
/// members).
public final class KernelProbe implements AutoCloseable {

    /// How often is asked, and what unanswered probes mean.
    ///
    /// @param interval between two probes of one member
    /// @param late     at least four intervals
    /// @param silent   more than `late`
    public record Timing(Duration interval, Duration late, Duration silent) {

        public Timing {
            if (!interval.isPositive() || late.compareTo(interval.multipliedBy(4)) < 0 || silent.compareTo(late) <= 0) {
                throw new IllegalArgumentException("probe interval " + interval.toMillis() + " ms, late "
                        + late.toMillis() + " ms, silent " + silent.toMillis()
                        + " ms (expected: late >= 4 intervals, silent > late)");
            }
        }

        /// Derived from `--peer-timeout`: 20, 80 and 110 ms at its default of 400 ms.
        public static Timing of(Duration peerTimeout) {
            return new Timing(peerTimeout.dividedBy(20), peerTimeout.dividedBy(5),
                    peerTimeout.multipliedBy(11).dividedBy(40));
        }
    }

    /// Hears each change of a member's state, on the probe's thread: it must return quickly.
    public interface Listener {
        void kernel(NodeName peer, KernelState state);
    }

    private static final Logger log = LoggerFactory.getLogger(KernelProbe.class);
    private static final int SCHED_RR = 2;
    private static final int SCHED_RESET_ON_FORK = 0x40000000;
    private static final int PRIORITY = 10;
    private static final String ALLOW_REAL_TIME = "it works without; CAP_SYS_NICE in the pod, or LimitRTPRIO="
            + PRIORITY + " and RestrictRealtime=no in the unit, allow it; a kernel with RT_GROUP_SCHED refuses it in a"
            + " cgroup without cpu.rt_runtime_us";
    private static final short POLLIN = 1;
    private static final long MILLISECOND = 1_000_000;
    private static final Duration STOPPING = Duration.ofSeconds(2);

    private final Timing timing;
    private final long interval;
    private final Ticker ticker;
    private final Listener listener;
    private final Pulse pulse = new Pulse("hacp-probe");
    private final Thread thread = Thread.ofPlatform().name(pulse.loop()).daemon().unstarted(this::run);

    private volatile boolean closed;
    private volatile boolean realTime;
    private volatile Map<NodeName, InetSocketAddress> wanted = Map.of();
    private volatile Map<NodeName, PeerProber> shown = Map.of();

    // The rest belongs to the thread.
    private Map<NodeName, InetSocketAddress> current = Map.of();
    private PeerProber[] peers = {};
    private @Nullable EchoSocket ipv4;
    private @Nullable EchoSocket ipv6;
    private final EchoSocket.Replies replies = this::echoed;
    private long due;
    private boolean hasFailed;

    public KernelProbe(Timing timing, Ticker ticker, Listener listener) {
        this.timing = timing;
        this.interval = timing.interval().toNanos();
        this.ticker = ticker;
        this.listener = listener;
    }

    /// The thread, and all sockets with it, lives in the network namespace of the caller.
    public void start() {
        thread.start();
    }

    /// Whom to ask from now on: address, and the port for SYNs. Others are forgotten; a member whose address is another
    /// begins again. In both cases the listener hears UNPROVEN. Unresolved addresses are not asked. Any thread.
    public void members(Map<NodeName, InetSocketAddress> peers) {
        wanted = Map.copyOf(peers);
        LockSupport.unpark(thread);
    }

    /// Whether the thread runs under a real-time policy.
    public boolean realTime() {
        return realTime;
    }

    /// Of the probe's thread: one beat per round.
    public Pulse pulse() {
        return pulse;
    }

    /// What is known of each member; it may lag [#members] by an interval. Any thread.
    public Map<NodeName, PeerProbes> snapshot() {
        return shown.values().stream().collect(Collectors.toUnmodifiableMap(PeerProber::name, PeerProber::shown));
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            if (!thread.join(STOPPING)) {
                log.warn("the thread {} does not stop", thread.getName());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalThreadStateException e) {
            // It was never started.
        }
    }

    private void run() {
        scheduleRealTime();
        try (Arena arena = Arena.ofConfined()) {
            Inbox inbox = new Inbox(arena);
            SecureRandom random = new SecureRandom();
            int identifier = random.nextInt(1, 0x10000);
            int secret = random.nextInt();
            ipv4 = open(false, identifier, secret, inbox, arena);
            ipv6 = open(true, identifier, secret, inbox, arena);
            Sleep sleep = new Sleep(arena);
            while (!closed) {
                pulse.beat();
                try {
                    round(inbox, random, secret, sleep);
                } catch (RuntimeException e) {
                    forget();
                    if (!hasFailed) {
                        hasFailed = true;
                        log.error("probing the members' kernels failed; continuing, further failures are not logged",
                                e);
                    }
                    LockSupport.parkNanos(Math.min(interval, Pulse.PERIOD.toNanos()));
                }
            }
            pulse.end();
        } finally {
            // Without an orderly end /healthz says that this thread no longer turns.
            if (!closed) {
                forget();
            }
            for (PeerProber peer : peers) {
                peer.close();
            }
            close(ipv4);
            close(ipv6);
        }
    }

    private static void close(@Nullable EchoSocket socket) {
        if (socket != null) {
            socket.close();
        }
    }

    /// A safepoint still stops this thread, so it does not make the process prompt; it spares the wait behind other
    /// processes. RESET_ON_FORK: whatever this thread starts is ordinary.
    private void scheduleRealTime() {
        try {
            Libc.schedule(SCHED_RR | SCHED_RESET_ON_FORK, PRIORITY);
            realTime = true;
        } catch (LinuxException e) {
            log.atInfo().addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("members' kernels are probed without real-time scheduling ({})", ALLOW_REAL_TIME);
        }
    }

    private static @Nullable EchoSocket open(boolean ipv6, int identifier, int secret, Inbox inbox, Arena arena) {
        try {
            EchoSocket socket = new EchoSocket(ipv6, identifier, secret, inbox, arena);
            if (!socket.isRaw()) {
                log.info("{} is sent through a ping socket (CAP_NET_RAW is missing): no SYN where echo is filtered",
                        ipv6 ? "ICMPv6 echo" : "ICMP echo");
            }
            return socket;
        } catch (LinuxException e) {
            log.atInfo().addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("{} cannot be sent (CAP_NET_RAW or net.ipv4.ping_group_range allows it)",
                            ipv6 ? "ICMPv6 echo" : "ICMP echo");
            return null;
        }
    }

    private void round(Inbox inbox, SecureRandom random, int secret, Sleep sleep) {
        if (!current.equals(wanted)) {
            exchange(inbox, random, secret);
            sleep.room(peers.length + 2);
            due = ticker.nanos();
        }
        if (peers.length == 0) {
            LockSupport.parkNanos(this, Pulse.PERIOD.toNanos());
            return;
        }
        // Before the sockets are drained: what arrives after that must not count as missing.
        long now = ticker.nanos();
        if (drain()) {
            judge(now);
        }
        now = ticker.nanos();
        if (now - due >= 0) {
            for (PeerProber peer : peers) {
                peer.probe(now, peer.isIpv6() ? ipv6 : ipv4);
            }
            // After a delay the rhythm starts again, it does not catch up.
            due = Math.max(due + interval, now + interval / 2);
        }
        sleep(now, sleep);
    }

    private void exchange(Inbox inbox, SecureRandom random, int secret) {
        current = wanted;
        List<PeerProber> kept = new ArrayList<>();
        Map<NodeName, InetSocketAddress> missing = new HashMap<>(current);
        missing.values().removeIf(InetSocketAddress::isUnresolved);
        for (PeerProber peer : peers) {
            if (missing.remove(peer.name(), peer.target())) {
                kept.add(peer);
            } else {
                peer.close();
                if (peer.state() != KernelState.UNPROVEN) {
                    listener.kernel(peer.name(), KernelState.UNPROVEN);
                }
            }
        }
        missing.forEach((name, address) -> {
            long token = ((long) secret << 32) | (random.nextInt() & 0xffffffffL);
            kept.add(new PeerProber(name, address, token, timing, ticker, inbox));
        });
        peers = kept.toArray(PeerProber[]::new);
        shown = kept.stream().collect(Collectors.toUnmodifiableMap(PeerProber::name, peer -> peer));
    }

    /// Anyone who no longer looks must not be believed to see what it saw last.
    private void forget() {
        for (PeerProber peer : peers) {
            if (peer.forget()) {
                listener.kernel(peer.name(), KernelState.UNPROVEN);
            }
        }
    }

    private boolean drain() {
        boolean isEmpty = ipv4 == null || ipv4.drain(replies);
        isEmpty &= ipv6 == null || ipv6.drain(replies);
        for (PeerProber peer : peers) {
            isEmpty &= peer.drainSyn();
        }
        return isEmpty;
    }

    private void echoed(long token, int sequence, long age) {
        for (PeerProber peer : peers) {
            if (peer.token() == token) {
                peer.answeredEcho(sequence, age);
                return;
            }
        }
    }

    private void judge(long drained) {
        for (PeerProber peer : peers) {
            if (peer.judge(drained)) {
                listener.kernel(peer.name(), peer.state());
            }
        }
    }

    /// Until the next probe is due or somebody can be judged worse. Replies are stamped by the kernel and can wait; only
    /// who is not well is wanted back at once.
    private void sleep(long now, Sleep sleep) {
        long until = due;
        boolean isAnyAway = false;
        for (PeerProber peer : peers) {
            long worse = peer.worseAt(now);
            if (worse != Long.MAX_VALUE && worse - until < 0) {
                until = worse;
            }
            isAnyAway |= peer.state() != KernelState.ANSWERING;
        }
        sleep.clear();
        if (isAnyAway) {
            sleep.add(ipv4 == null ? -1 : ipv4.fd());
            sleep.add(ipv6 == null ? -1 : ipv6.fd());
            for (PeerProber peer : peers) {
                sleep.add(peer.synFd());
            }
        }
        sleep.until(until - ticker.nanos(), interval);
    }

    /// ppoll(2) with buffers made once.
    private static final class Sleep {

        private final Arena arena;
        private final MemorySegment timeout;
        private MemorySegment descriptors;
        private int count;

        Sleep(Arena arena) {
            this.arena = arena;
            timeout = arena.allocate(16, 8);
            descriptors = arena.allocate(64, 4);
        }

        void room(int sockets) {
            if (descriptors.byteSize() < sockets * 8L) {
                descriptors = arena.allocate(sockets * 16L, 4);
            }
        }

        void clear() {
            count = 0;
        }

        /// @param fd negative ones are left out by the kernel
        void add(int fd) {
            descriptors.set(JAVA_INT, count * 8L, fd);
            descriptors.set(JAVA_SHORT, count * 8L + 4, POLLIN);
            count++;
        }

        void until(long nanos, long most) {
            timeout.set(JAVA_LONG, 8, Math.clamp(nanos, 0, Math.min(most, 1000 * MILLISECOND - 1)));
            if (Libc.tryPpoll(descriptors, count, timeout) < 0) {
                LockSupport.parkNanos(MILLISECOND); // never a loop that spins under a real-time policy
            }
        }
    }
}
