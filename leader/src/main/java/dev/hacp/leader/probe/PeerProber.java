package dev.hacp.leader.probe;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.LinuxException;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.probe.PeerProbes.Method;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks one member's kernel. Echo is the ordinary question. As soon as two in a row are unanswered each further one has a
/// SYN beside it, and either answer will do: a firewall or a rate limit that bars only echo never makes anybody late, also
/// when it comes into force while we run. Where SYNs are answered and echo is not for a second, SYNs at half the pace become
/// the ordinary question, and one echo a second finds out when that has changed.
///
/// All of it belongs to the probe's thread, but [#shown].
final class PeerProber implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PeerProber.class);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LOG_PACE = TimeUnit.MINUTES.toNanos(1);
    private static final int BESIDE = 2;
    /// A member that has never answered is asked every fifth time: it may be a node that has been off for weeks.
    private static final int UNPROVEN_PACE = 5;

    private final NodeName name;
    private final InetSocketAddress target;
    private final long token;
    private final Ticker ticker;
    private final Inbox inbox;
    private final long interval;
    private final ProbeWindow window;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment address;

    private KernelState state = KernelState.UNPROVEN;
    private Method method = Method.ICMP;
    private @Nullable SynSocket syn;
    private boolean synRefused;
    private final long added;
    private long lastSent;
    private long lastEcho;
    private long lastSyn;
    private long synFailed;
    private long echoAnswered;
    private long echoesSinceAnswer;
    private long lastLogged;
    private int changes;

    private volatile long shownSent;
    private volatile long shownAnswered;
    private volatile long roundTrip;
    private volatile KernelState shownState = KernelState.UNPROVEN;
    private volatile Method shownMethod = Method.ICMP;

    /// @param token secret that this member's answers carry; the lower half is the number of its first SYN
    PeerProber(NodeName name, InetSocketAddress target, long token, KernelProbe.Timing timing, Ticker ticker,
            Inbox inbox) {
        this.name = name;
        this.target = target;
        this.token = token;
        this.ticker = ticker;
        this.inbox = inbox;
        interval = timing.interval().toNanos();
        window = new ProbeWindow(timing);
        address = Sockets.address(arena, target.getAddress());
        added = ticker.nanos();
        // All of them long ago: the ticker's origin is arbitrary.
        lastSent = added - SECOND;
        lastEcho = added - SECOND;
        lastSyn = added - SECOND;
        synFailed = added - SECOND;
        lastLogged = added - LOG_PACE;
        echoAnswered = added;
    }

    /// Sends what is due now; called once per interval.
    ///
    /// @param echo of the member's family; null when this process may not open one
    void probe(long now, @Nullable EchoSocket echo) {
        long overdue = window.overdue(now);
        if (!isDue(now, overdue)) {
            return;
        }
        int sequence = (int) (window.sent() & 0xffff);
        boolean isSent = false;
        boolean isDoubtful = overdue >= BESIDE || echo == null;
        if (echo != null && (method == Method.ICMP || isDoubtful || now - lastEcho >= SECOND)) {
            isSent = isAsked(echo.send(address, token, sequence));
            lastEcho = now;
            echoesSinceAnswer++;
        }
        if (method == Method.SYN || isDoubtful) {
            isSent |= sendSyn(now, sequence);
        } else if (syn != null && now - lastSyn >= SECOND) {
            closeSyn();
        }
        if (isSent) {
            window.sent(now);
            lastSent = now;
            shownSent = window.sent();
        }
    }

    private boolean isDue(long now, long overdue) {
        int pace = 1;
        if (state == KernelState.UNPROVEN && now - added >= SECOND) {
            pace = UNPROVEN_PACE;
        } else if (method == Method.SYN && overdue == 0) {
            pace = 2;
        }
        return now - lastSent >= pace * interval - interval / 2;
    }

    private boolean sendSyn(long now, int sequence) {
        lastSyn = now;
        if (syn == null && !synRefused && now - synFailed >= SECOND) {
            try {
                syn = new SynSocket(address, target.getPort(), (int) token, inbox);
            } catch (LinuxException e) {
                synFailed = now;
                synRefused = e.errno() == Errno.EPERM || e.errno() == Errno.EACCES;
            }
        }
        if (syn == null) {
            return false;
        }
        int error = syn.send(sequence);
        if (error != 0) { // its own address may be gone, which a new socket would choose again
            closeSyn();
        }
        return isAsked(error);
    }

    /// A shortage of our own says nothing of the member. Everything else (no route, link down, a firewall of this node)
    /// means that nothing gets from here to there, which is the same to us as no answer.
    private static boolean isAsked(int error) {
        return error != Errno.ENOBUFS && error != Errno.ENOMEM && error != Errno.EAGAIN && error != Errno.EINTR;
    }

    /// @return whether there is nothing more to take
    boolean drainSyn() {
        return syn == null || syn.drain(this);
    }

    /// A reply to our echo request.
    void answeredEcho(int sequence, long age) {
        long now = ticker.nanos();
        if (answered(sequence, age, now)) {
            echoAnswered = now;
            echoesSinceAnswer = 0;
            method(Method.ICMP, "echo is answered again", now);
        }
    }

    /// A SYN-ACK or RST to our SYN.
    void answeredSyn(int sequence, long age) {
        long now = ticker.nanos();
        // Enough of them as well: after a pause of ours the second may have passed without a question.
        if (answered(sequence, age, now) && now - echoAnswered >= SECOND && echoesSinceAnswer * interval >= SECOND) {
            method(Method.SYN, "echo is not answered: filtered or limited", now);
        }
    }

    private boolean answered(int sequence, long age, long now) {
        long number = window.number(sequence);
        if (!window.answered(number)) {
            return false;
        }
        roundTrip = Math.max(0, now - age - window.sentAt(number));
        shownAnswered = window.answered();
        return true;
    }

    private void method(Method next, String reason, long now) {
        if (next != method) {
            method = next;
            shownMethod = next;
            changes++;
            if (now - lastLogged >= LOG_PACE) { // a rate limit lets echo through once in a while
                lastLogged = now;
                log.atInfo().addKeyValue("member", name).addKeyValue("address", IpAddresses.text(target.getAddress()))
                        .addKeyValue("method", next).addKeyValue("reason", reason).addKeyValue("changes", changes)
                        .log("member is probed another way");
            }
        }
    }

    /// Judges by what was drained.
    ///
    /// @param drained before the sockets were drained
    /// @return whether the state is another
    boolean judge(long drained) {
        KernelState judged = window.judge(drained);
        if (judged == state) {
            return false;
        }
        state = judged;
        shownState = judged;
        return true;
    }

    /// What was seen is not to be believed until it is judged again.
    ///
    /// @return whether anything was
    boolean forget() {
        boolean seen = state != KernelState.UNPROVEN;
        state = KernelState.UNPROVEN;
        shownState = state;
        return seen;
    }

    long worseAt(long now) {
        return window.worseAt(now);
    }

    NodeName name() {
        return name;
    }

    InetSocketAddress target() {
        return target;
    }

    boolean isIpv6() {
        return Sockets.isIpv6(target.getAddress());
    }

    long token() {
        return token;
    }

    KernelState state() {
        return state;
    }

    /// The SYN socket, or -1.
    int synFd() {
        return syn == null ? -1 : syn.fd();
    }

    /// Any thread.
    PeerProbes shown() {
        return new PeerProbes(shownState, shownMethod, shownSent, shownAnswered, Duration.ofNanos(roundTrip));
    }

    private void closeSyn() {
        if (syn != null) {
            syn.close();
            syn = null;
        }
    }

    @Override
    public void close() {
        closeSyn();
        arena.close();
    }
}
