package dev.hacp.lb.backend;

import dev.hacp.core.Histogram;
import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// One API server: identity, state, counters. The relay counts here from any thread, without locks or allocation; the
/// state changes only through the pool, under its lock, and may be read anywhere.
public final class Backend {

    /// Weight 1 at full share; slow start scales below it, so it needs room.
    static final int SHARE = 64;

    private final HostPort id;
    private final int hash;
    private final Ticker ticker;
    private final PassiveReports reports;

    private final AtomicInteger current = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();
    private final LongAdder total = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder connectErrors = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder resets = new LongAdder();
    private final LongAdder resetsBeforeFirstByte = new LongAdder();
    /// Buckets that fit a LAN.
    private final Histogram connectTimes = Histogram.of(Duration.ofNanos(250_000), Duration.ofNanos(500_000),
            Duration.ofMillis(1), Duration.ofNanos(2_500_000), Duration.ofMillis(5), Duration.ofMillis(10),
            Duration.ofMillis(25), Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250),
            Duration.ofMillis(500), Duration.ofSeconds(1));

    /// For the policies: when chosen last (a count, not a time), and how far round robin has come.
    private volatile long lastChosen = -1;
    private final AtomicLong pass = new AtomicLong();

    // Written under the pool's lock only.
    private volatile @Nullable InetSocketAddress address;
    private volatile BackendState state = BackendState.DOWN;
    private volatile BackendState health = BackendState.DOWN;
    private volatile AdminState admin = AdminState.READY;
    private volatile boolean checked;
    private volatile boolean leaving;
    private volatile boolean local;
    private volatile boolean slow;
    private volatile boolean doubted;
    /// Under the lock of the pool.
    private long doubtedNanos;
    private volatile boolean refusing;
    /// When the last check began that it answered; null before the first.
    private volatile @Nullable Long aliveAsOf;
    private volatile String reason = "not checked yet";
    private volatile int weight;
    private volatile int effectiveWeight;
    private volatile long sinceNanos;
    private volatile Instant since = Instant.now();
    private volatile long transitions;
    private final Map<BackendState, Duration> timeIn = new EnumMap<>(BackendState.class);

    Backend(BackendSpec spec, Ticker ticker, PassiveReports reports) {
        this.id = spec.id();
        this.ticker = ticker;
        this.reports = reports;
        // Spread the bits: addresses of one rack differ in the last ones only.
        this.hash = Balancing.mix(spec.id().toString().hashCode());
        this.sinceNanos = ticker.nanos();
        weight(spec.weight());
    }

    public HostPort id() {
        return id;
    }

    /// Where to dial; null while its host name has not been resolved. Read it once per attempt.
    public @Nullable InetSocketAddress address() {
        return address;
    }

    /// Health overlaid by what the operator ordered.
    public BackendState state() {
        return state;
    }

    public BackendState health() {
        return health;
    }

    public AdminState admin() {
        return admin;
    }

    /// Whether health was decided at least once.
    public boolean checked() {
        return checked;
    }

    /// Discovery no longer names it.
    public boolean leaving() {
        return leaving;
    }

    /// Whether it has answered a check that began after this [Ticker] reading.
    public boolean answeredSince(long nanos) {
        Long asOf = aliveAsOf;
        return asOf != null && asOf - nanos > 0;
    }

    /// On this host.
    public boolean local() {
        return local;
    }

    public int weight() {
        return weight;
    }

    /// One clause: what health checks found last.
    public String reason() {
        return reason;
    }

    // The relay's side.

    /// An attempt begins: it counts from here on, so that the next choice sees it.
    public void opened() {
        int now = current.incrementAndGet();
        if (now > peak.get()) {
            peak.accumulateAndGet(now, Math::max);
        }
    }

    /// The attempt or the connection is over; once for each `opened`.
    public void closed() {
        current.decrementAndGet();
    }

    /// @param nanos from the connect call until established
    public void connectSucceeded(long nanos) {
        total.increment();
        connectTimes.record(nanos);
    }

    public void connectFailed(Throwable cause) {
        connectErrors.increment();
        reports.failed(this, describe(cause));
    }

    /// The backend ended the connection before it sent anything, though the client had.
    public void resetBeforeFirstByte() {
        resetsBeforeFirstByte.increment();
        reports.failed(this, "reset before the first byte");
    }

    /// This attempt comes from a connection that another backend failed.
    public void retried() {
        retries.increment();
    }

    /// The backend reset an established connection.
    public void reset() {
        resets.increment();
    }

    public void received(long bytes) {
        bytesReceived.add(bytes);
    }

    public void sent(long bytes) {
        bytesSent.add(bytes);
    }

    /// Connections and attempts right now.
    public int current() {
        return current.get();
    }

    public BackendStatus status() {
        Map<BackendState, Duration> times;
        synchronized (timeIn) {
            times = new EnumMap<>(timeIn);
            times.merge(state, Duration.ofNanos(nanosInState()), Duration::plus);
        }
        String why = (leaving ? "left discovery; " : "")
                + (admin == AdminState.READY ? "" : "ordered to " + admin.name().toLowerCase(Locale.ROOT) + "; ")
                + reason;
        return new BackendStatus(id, Optional.ofNullable(address).map(HostPort::of), state, health, admin, leaving,
                why, since, weight, effectiveWeight / (double) (weight * SHARE), local, current.get(), peak.get(),
                total.sum(), bytesReceived.sum(), bytesSent.sum(), connectErrors.sum(), retries.sum(), resets.sum(),
                resetsBeforeFirstByte.sum(), transitions, times, connectTimes.snapshot());
    }

    @Override
    public String toString() {
        return id + " " + state.name().toLowerCase(Locale.ROOT);
    }

    private static String describe(Throwable cause) {
        if (cause instanceof SocketTimeoutException) {
            return "connect timed out";
        }
        String message = cause.getMessage();
        if (cause instanceof ConnectException && message != null && message.contains("refused")) {
            return "connect refused";
        }
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    // The policies' side: read on event loops.

    int hash() {
        return hash;
    }

    /// At least 1.
    int effectiveWeight() {
        return effectiveWeight;
    }

    /// See [BackendPool#doubt].
    boolean doubted() {
        return doubted;
    }

    /// Health checks take longer than they should, see [BackendPool#slow].
    boolean slow() {
        return slow;
    }

    long lastChosen() {
        return lastChosen;
    }

    void chosen(long sequence) {
        lastChosen = sequence;
    }

    AtomicLong pass() {
        return pass;
    }

    // The pool's side: under its lock.

    void address(@Nullable InetSocketAddress value, boolean isLocal) {
        address = value;
        local = isLocal;
    }

    final void weight(int value) {
        boolean ramping = effectiveWeight > 0 && effectiveWeight < weight * SHARE;
        weight = value;
        if (!ramping) {
            share(1);
        }
    }

    /// @param part of its weight, 0 to 1
    void share(double part) {
        effectiveWeight = Math.max(1, (int) (weight * SHARE * part));
    }

    void slow(boolean value) {
        slow = value;
    }

    void answered(long asOf) {
        aliveAsOf = asOf;
    }

    void doubt(long now) {
        doubted = true;
        doubtedNanos = now;
    }

    void trust(long asOf) {
        doubted = doubted && asOf - doubtedNanos < 0;
    }

    void leaving(boolean value) {
        leaving = value;
    }

    void admin(AdminState value) {
        admin = value;
    }

    void health(BackendState value, String why, boolean refuses) {
        health = value;
        refusing = refuses;
        checked = true;
        reason = why;
    }

    /// DOWN because its kernel refuses, not because it is silent: see [BackendPool#health].
    boolean refusing() {
        return refusing && health == BackendState.DOWN && admin != AdminState.MAINT;
    }

    void unresolved(String why) {
        reason = why;
    }

    /// How long it has been in its state.
    long nanosInState() {
        return ticker.nanos() - sinceNanos;
    }

    /// What health, order and discovery make of it together.
    BackendState due() {
        BackendState due = admin.over(health);
        return leaving && due == BackendState.UP ? BackendState.DRAIN : due;
    }

    void enter(BackendState next) {
        synchronized (timeIn) {
            long now = ticker.nanos();
            timeIn.merge(state, Duration.ofNanos(now - sinceNanos), Duration::plus);
            sinceNanos = now;
            since = Instant.now();
            transitions++;
            state = next;
        }
    }
}
