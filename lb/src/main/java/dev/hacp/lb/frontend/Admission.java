package dev.hacp.lb.frontend;

import dev.hacp.core.Cidr;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.OwnerThread;
import dev.hacp.core.Ticker;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies the limits. Any event loop may ask and release; one summary line a second tells of refusals, however many.
public final class Admission {

    private static final Logger log = LoggerFactory.getLogger(Admission.class);

    private final Limits limits;
    private final int most;
    private final Ticker ticker;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<InetAddress, Integer> perSource = new ConcurrentHashMap<>();
    private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
    private final OwnerThread summarizer = new OwnerThread();
    /// Of the thread that summarizes.
    private final Map<Refusal, Long> told = new EnumMap<>(Refusal.class);
    private volatile @Nullable InetAddress lastRefused;

    // Guarded by this: the accept rate as a bucket of tokens.
    private double tokens;
    private long filledAt;

    /// @param most connections that the process has files for; bounds `--max-connections`
    public Admission(Limits limits, int most, Ticker ticker) {
        this.limits = limits;
        this.most = limits.connections() == 0 ? most : Math.min(most, limits.connections());
        this.ticker = ticker;
        this.tokens = limits.acceptRate();
        this.filledAt = ticker.nanos();
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, new LongAdder());
        }
    }

    /// The effective limit of connections at once.
    public int most() {
        return most;
    }

    public int open() {
        return open.get();
    }

    /// Asks for a new connection. Null admits it: it then counts until [#release].
    ///
    /// @param trusted     sends a PROXY header: its own address is a balancer's, the real client is checked with [#admitSource]
    /// @param makeRoom asked when all places are taken: gives up a silent connection, if there is one
    public @Nullable Refusal admit(InetAddress client, boolean trusted, MakeRoom makeRoom) {
        if (!trusted && !allowed(client)) {
            return refuse(Refusal.NOT_ALLOWED, client);
        }
        if (limits.acceptRate() > 0 && !takeToken()) {
            return refuse(Refusal.TOO_FAST, client);
        }
        if (open.incrementAndGet() > most && !makeRoom.makeRoom()) {
            open.decrementAndGet();
            return refuse(Refusal.TOO_MANY, client);
        }
        if (!trusted) {
            Refusal refusal = countSource(client);
            if (refusal != null) {
                open.decrementAndGet();
                return refusal;
            }
        }
        return null;
    }

    /// The client that a PROXY header named. Null admits it.
    public @Nullable Refusal admitSource(InetAddress client) {
        return allowed(client) ? countSource(client) : refuse(Refusal.NOT_ALLOWED, client);
    }

    /// @param client as given to `admit` or `admitSource`; null when only `admit` with `trusted` had been asked
    public void release(@Nullable InetAddress client) {
        open.decrementAndGet();
        if (client != null && countsSources()) {
            perSource.computeIfPresent(client, (c, n) -> n == 1 ? null : n - 1);
        }
    }

    /// Whether `release` needs the client's address at all.
    public boolean countsSources() {
        return limits.connectionsPerSource() > 0;
    }

    public Refusal refuse(Refusal refusal, InetAddress client) {
        counter(refusal).increment();
        lastRefused = client;
        return refusal;
    }

    public long refused(Refusal refusal) {
        return counter(refusal).sum();
    }

    private LongAdder counter(Refusal refusal) {
        return Objects.requireNonNull(refused.get(refusal));
    }

    /// Called once a second by one thread: one line if somebody was refused since.
    public void summarize() {
        assert summarizer.isCurrent();
        List<String> parts = new ArrayList<>();
        for (Refusal refusal : Refusal.values()) {
            long now = refused(refusal);
            long since = now - told.getOrDefault(refusal, 0L);
            told.put(refusal, now);
            if (since > 0) {
                parts.add(since + " by " + refusal.text());
            }
        }
        InetAddress example = lastRefused;
        if (!parts.isEmpty() && example != null) {
            log.atWarn().addKeyValue("refused", String.join(", ", parts))
                    .addKeyValue("lastClient", IpAddresses.text(example)).addKeyValue("connections", open.get())
                    .log("clients were refused in the last second");
        }
    }

    private boolean allowed(InetAddress client) {
        return limits.allow().isEmpty() || Cidr.anyContains(limits.allow(), client);
    }

    private @Nullable Refusal countSource(InetAddress client) {
        if (!countsSources()) {
            return null;
        }
        // One atomic step: an increment that must be taken back would refuse others in between.
        boolean[] full = {false};
        perSource.compute(client, (c, n) -> {
            if (n != null && n >= limits.connectionsPerSource()) {
                full[0] = true;
                return n;
            }
            return n == null ? 1 : n + 1;
        });
        return full[0] ? refuse(Refusal.TOO_MANY_FROM_SOURCE, client) : null;
    }

    private synchronized boolean takeToken() {
        long now = ticker.nanos();
        tokens = Math.min(limits.acceptRate(),
                tokens + (now - filledAt) * (double) limits.acceptRate() / TimeUnit.SECONDS.toNanos(1));
        filledAt = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }

    /// Gives up a connection whose client has never sent a byte, so that a flood of them does not lock others out.
    @FunctionalInterface
    public interface MakeRoom {
        boolean makeRoom();
    }
}
