package dev.hacp.vip.wire;

import dev.hacp.core.MacAddress;
import dev.hacp.core.RateLimit;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.announce.Announcement;
import dev.hacp.vip.conflict.ClaimDecoder;
import dev.hacp.vip.netlink.LinkEntry;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The wire through libpcap: frames are built and the handle is open before they are needed (building and opening
/// take 70 ms, a send 8 us). One thread, `hacp-vip-wire`, opens, reads and reopens the handle; others only send on it.
public final class PcapWire implements Wire, AutoCloseable {

    /// A claim of somebody else on one of the VIPs, on the thread `hacp-vip-wire`.
    @FunctionalInterface
    public interface ClaimListener {
        void claimed(VirtualIp vip, MacAddress by);
    }

    /// What is to be served; replaced as a whole, and told apart by identity.
    private static final class Target {
        private final LinkEntry link;
        private final Map<VirtualIp, Announcement> announcements;
        private final boolean router;

        Target(LinkEntry link, Map<VirtualIp, Announcement> announcements, boolean router) {
            this.link = link;
            this.announcements = announcements;
            this.router = router;
        }
    }

    private static final Logger log = LoggerFactory.getLogger(PcapWire.class);
    /// libpcap's poll timeout: how long a close may go unnoticed. Frames themselves come at once (immediate mode).
    private static final int POLL_MILLIS = 100;
    private static final int SNAPLEN = 256;
    private static final int BUFFER = 256 * 1024;
    private static final Duration REOPEN = Duration.ofMillis(200);

    private final ClaimListener claims;
    private final Runnable opened;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Object changed = new Object();
    private final Thread reader;
    private volatile @Nullable Target target;
    private volatile @Nullable PcapHandle handle;
    private volatile String problem = "the VIP's interface is not known yet";

    /// @param opened called on the wire's thread each time the handle is ready on the wanted interface
    public PcapWire(ThreadStarter threads, ClaimListener claims, Runnable opened) {
        this.claims = claims;
        this.opened = opened;
        this.reader = threads.start("hacp-vip-wire", this::run);
    }

    @Override
    public void serve(LinkEntry link, Collection<VirtualIp> vips) {
        boolean router = forwards(link.name());
        Target old = target;
        if (old != null && old.link.index() == link.index() && old.link.mac().equals(link.mac())
                && old.router == router && old.announcements.keySet().equals(new TreeSet<>(vips))) {
            return;
        }
        Map<VirtualIp, Announcement> announcements = new HashMap<>();
        for (VirtualIp vip : vips) {
            announcements.put(vip, Announcement.of(vip, link.mac(), router));
        }
        synchronized (changed) {
            target = new Target(link, Map.copyOf(announcements), router);
            changed.notifyAll();
        }
    }

    /// RFC 4861: the Router flag says whether the sender forwards. The file is of the calling thread's namespace.
    private static boolean forwards(String interfaceName) {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv6/conf", interfaceName, "forwarding")).startsWith("1");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String problem() {
        return problem;
    }

    @Override
    public int announce(VirtualIp vip) throws IOException {
        Announcement announcement = announcement(vip);
        for (byte[] frame : announcement.frames()) {
            send(frame);
        }
        return announcement.frames().size();
    }

    @Override
    public void probe(VirtualIp vip) throws IOException {
        send(announcement(vip).probe());
    }

    private Announcement announcement(VirtualIp vip) throws IOException {
        Target current = target;
        Announcement announcement = current == null ? null : current.announcements.get(vip);
        if (announcement == null) {
            throw new IOException("announce " + vip + ": " + problem);
        }
        return announcement;
    }

    private void send(byte[] frame) throws IOException {
        PcapHandle open = handle;
        if (open == null) {
            throw new IOException("announce: " + problem);
        }
        try {
            open.sendPacket(frame);
        } catch (PcapNativeException | NotOpenException e) {
            throw new IOException("announce: " + reason(e), e);
        }
    }

    private void run() {
        RateLimit warnings = new RateLimit(Duration.ofMinutes(1));
        while (!stopping.get()) {
            Target current = awaitTarget();
            if (current == null) {
                return;
            }
            try {
                PcapHandle open = open(current);
                try {
                    handle = open;
                    problem = "";
                    opened.run();
                    read(open, current);
                } finally {
                    handle = null;
                    problem = "the VIP's interface is being opened";
                    open.close();
                }
            } catch (PcapNativeException | NotOpenException | EOFException | LinkageError | RuntimeException e) {
                problem = "cannot open " + current.link.name() + ": " + reason(e);
                if (warnings.tryAcquire(System.nanoTime())) {
                    log.warn("{}", problem);
                }
                pause(current);
            }
        }
    }

    private static String reason(Throwable e) {
        return switch (e) {
            case LinkageError _ -> PcapLibrary.MISSING;
            case RuntimeException bug -> bug.toString();
            default -> String.valueOf(e.getMessage());
        };
    }

    private @Nullable Target awaitTarget() {
        synchronized (changed) {
            while (target == null && !stopping.get()) {
                try {
                    changed.wait();
                } catch (InterruptedException e) {
                    return null;
                }
            }
            return stopping.get() ? null : target;
        }
    }

    /// Waits before the next try, unless something else is wanted first.
    private void pause(Target failed) {
        synchronized (changed) {
            long until = System.nanoTime() + REOPEN.toNanos();
            long left = REOPEN.toMillis();
            while (left > 0 && target == failed && !stopping.get()) {
                try {
                    changed.wait(left);
                } catch (InterruptedException e) {
                    return;
                }
                left = (until - System.nanoTime()) / 1_000_000;
            }
        }
    }

    private static PcapHandle open(Target target) throws PcapNativeException, NotOpenException {
        // Not promiscuous: claims are broadcast, multicast or sent to us. IN: what we send ourselves is no claim.
        PcapHandle opened = new PcapHandle.Builder(target.link.name()).snaplen(SNAPLEN).bufferSize(BUFFER)
                .promiscuousMode(PromiscuousMode.NONPROMISCUOUS).timeoutMillis(POLL_MILLIS).immediateMode(true).build();
        try {
            opened.setFilter(filter(target.announcements.keySet()), BpfCompileMode.OPTIMIZE);
            opened.setDirection(PcapHandle.PcapDirection.IN);
            return opened;
        } catch (PcapNativeException | NotOpenException e) {
            opened.close();
            throw e;
        }
    }

    /// ARP whose sender is a VIP, and neighbour advertisements whose target is one; all else stays in the kernel.
    static String filter(Collection<VirtualIp> vips) {
        List<String> terms = vips.stream().sorted(Comparator.naturalOrder()).map(PcapWire::term).toList();
        return terms.isEmpty() ? "less 1" : String.join(" or ", terms);
    }

    private static String term(VirtualIp vip) {
        byte[] raw = vip.address().getAddress();
        if (!vip.isIpv6()) {
            return "(arp and arp[14:4] = " + word(raw, 0) + ")";
        }
        StringBuilder term = new StringBuilder("(icmp6 and ip6[40] = 136");
        for (int i = 0; i < 16; i += 4) {
            term.append(" and ip6[").append(48 + i).append(":4] = ").append(word(raw, i));
        }
        return term.append(')').toString();
    }

    private static String word(byte[] raw, int at) {
        return String.format("0x%02x%02x%02x%02x", raw[at], raw[at + 1], raw[at + 2], raw[at + 3]);
    }

    private void read(PcapHandle open, Target current) throws PcapNativeException, NotOpenException, EOFException {
        ClaimDecoder decoder = new ClaimDecoder();
        long own = current.link.mac().bits();
        while (!stopping.get() && target == current) {
            try {
                byte[] frame = open.getNextRawPacketEx();
                if (decoder.decode(frame, frame.length) && decoder.mac() != own) {
                    report(decoder, current);
                }
            } catch (TimeoutException e) {
                // Nothing heard: look whether something else is wanted.
            }
        }
    }

    private void report(ClaimDecoder decoder, Target current) {
        for (VirtualIp vip : current.announcements.keySet()) {
            if (decoder.isFor(vip.address().getAddress())) {
                claims.claimed(vip, new MacAddress(decoder.mac()));
            }
        }
    }

    @Override
    public void close() {
        stopping.set(true);
        synchronized (changed) {
            changed.notifyAll();
        }
        try {
            reader.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
