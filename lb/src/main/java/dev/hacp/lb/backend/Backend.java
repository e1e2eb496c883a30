package dev.hacp.lb.backend;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One API server: identity, counters, and one view of all the rest, which only the pool replaces, under its lock. May be
/// read anywhere; what must fit together is read from one view.
public final class Backend implements Upstream {

    private final HostPort id;
    private final int hash;
    private final Ticker ticker;
    private final PassiveReports reports;
    private final Object lock;
    private final BackendCounters counters = new BackendCounters();

    /// For the policies: when chosen last (a count, not a time), and how far round robin has come.
    private volatile long lastChosen = -1;
    private final AtomicLong pass = new AtomicLong();

    /// Replaced under `lock`.
    private volatile BackendView view;

    /// @param lock the pool's: held by anyone who changes the view
    Backend(BackendSpec spec, Ticker ticker, PassiveReports reports, Object lock) {
        this.id = spec.id();
        this.ticker = ticker;
        this.reports = reports;
        this.lock = lock;
        // Spread the bits: addresses of one rack differ in the last ones only.
        this.hash = Balancing.mix(spec.id().toString().hashCode());
        this.view = BackendView.of(spec.weight(), ticker.nanos());
    }

    @Override
    public HostPort id() {
        return id;
    }

    @Override
    public @Nullable InetSocketAddress address() {
        return view.address();
    }

    /// Health overlaid by what the operator ordered.
    public BackendState state() {
        return view.state();
    }

    public BackendState health() {
        return view.verdict().health();
    }

    public AdminState admin() {
        return view.admin();
    }

    /// Whether health was decided at least once.
    public boolean checked() {
        return view.verdict().checked();
    }

    /// Discovery no longer names it.
    public boolean leaving() {
        return view.leaving();
    }

    /// Whether it has answered a check that began after this [Ticker] reading.
    public boolean answeredSince(long nanos) {
        Long asOf = view.aliveAsOf();
        return asOf != null && asOf - nanos > 0;
    }

    /// It is down for its silence, but nothing else was heard in the meantime: its connections are kept, see
    /// [BackendPool#health].
    public boolean unconfirmed() {
        return view.unconfirmed() != null;
    }

    public Condition condition() {
        return view.verdict().condition();
    }

    /// On this host.
    public boolean local() {
        return view.local();
    }

    public int weight() {
        return view.share().weight();
    }

    /// One clause: what health checks found last.
    public String reason() {
        return view.verdict().reason();
    }

    // The relay's side.

    @Override
    public void opened() {
        counters.opened();
    }

    @Override
    public void closed() {
        counters.closed();
    }

    @Override
    public void connectSucceeded(long nanos) {
        counters.established.increment();
        counters.connectTimes.record(nanos);
    }

    @Override
    public void connectFailed(Throwable cause) {
        Optional<String> shortage = OwnShortage.of(cause);
        if (shortage.isPresent()) {
            counters.shortages.increment();
            reports.lacked(this, shortage.get());
            return;
        }
        counters.connectErrors.increment();
        reports.failed(this, describe(cause));
    }

    @Override
    public void resetBeforeFirstByte() {
        counters.resetsBeforeFirstByte.increment();
        reports.failed(this, "reset before the first byte");
    }

    @Override
    public void retried() {
        counters.retries.increment();
    }

    @Override
    public void reset() {
        counters.resets.increment();
    }

    @Override
    public void resumable(boolean more) {
        counters.resumable.addAndGet(more ? 1 : -1);
    }

    @Override
    public void received(long bytes) {
        counters.bytesReceived.add(bytes);
    }

    @Override
    public void sent(long bytes) {
        counters.bytesSent.add(bytes);
    }

    /// Connections and attempts right now.
    public int current() {
        return counters.current();
    }

    /// How many of them rebalancing may close.
    int resumable() {
        return counters.resumable.get();
    }

    public BackendStatus status() {
        BackendView v = view;
        String why = (v.leaving() ? "left discovery; " : "")
                + (v.admin() == AdminState.READY
                        ? ""
                        : "operator set " + v.admin().name().toLowerCase(Locale.ROOT) + "; ")
                + v.verdict().reason();
        BackendCounters c = counters;
        return new BackendStatus(id, Optional.ofNullable(v.address()).map(HostPort::of), v.state(),
                v.verdict().health(),
                v.admin(), v.leaving(), why, v.past().since(), v.share().weight(), v.share().part(), v.local(),
                c.current(), c.peak(), c.established.sum(), c.bytesReceived.sum(), c.bytesSent.sum(),
                c.connectErrors.sum(), c.shortages.sum(), c.retries.sum(), c.resets.sum(),
                c.resetsBeforeFirstByte.sum(),
                v.past().transitions(), v.past().timeIn(v.state(), ticker.nanos()), c.connectTimes.snapshot());
    }

    @Override
    public String toString() {
        return id + " " + state().name().toLowerCase(Locale.ROOT);
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
        return view.share().effective();
    }

    /// Health checks take longer than they should, see [BackendPool#slow].
    boolean slow() {
        return view.slow();
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

    // The pool's side.

    BackendView view() {
        return view;
    }

    /// How long it has been in its state.
    long nanosInState() {
        return ticker.nanos() - view.past().sinceNanos();
    }

    /// Under the pool's lock.
    ///
    /// @return the view that it had
    BackendView change(UnaryOperator<BackendView> change) {
        assert Thread.holdsLock(lock) : id + " is changed without the pool's lock";
        BackendView before = view;
        BackendView after = change.apply(before);
        view = after.state() == before.state()
                ? after
                : after.with(before.past().ended(before.state(), ticker.nanos()));
        return before;
    }
}
