package dev.hacp.lb.backend;

import dev.hacp.core.Durations;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The backends and their states. [#pick] reads an immutable snapshot and may be called from every event loop; all that
/// changes the set or a state takes one lock, publishes a new snapshot, then tells the followers and the journal.
public final class BackendPool {

    private final BackendConfig config;
    private final Journal journal;
    private final Ticker ticker;
    private final Predicate<InetAddress> onThisHost;
    private final Balancing balancing;
    private final CopyOnWriteArrayList<BackendListener> listeners = new CopyOnWriteArrayList<>();
    private final Reports reports;

    private volatile Candidates candidates = Candidates.NONE;

    // Guarded by this.
    private final Map<HostPort, Backend> members = new LinkedHashMap<>();
    private final List<Backend> left = new ArrayList<>();

    public BackendPool(BackendConfig config, Journal journal, Ticker ticker) {
        this(config, journal, ticker, LocalAddresses::contains);
    }

    /// @param onThisHost whether an address belongs to this host; asked when a backend's address becomes known, never on
    ///                   an event loop
    BackendPool(BackendConfig config, Journal journal, Ticker ticker, Predicate<InetAddress> onThisHost) {
        this.config = config;
        this.journal = journal;
        this.ticker = ticker;
        this.reports = new Reports(ticker);
        this.onThisHost = onThisHost;
        this.balancing = new Balancing(config.policy());
    }

    public BackendConfig config() {
        return config;
    }

    /// The backend for a new connection: the policy's choice among those UP, else a draining one, else (fail open) one
    /// that is DOWN; never one in maintenance or one that left. Any thread, no lock, no allocation.
    ///
    /// @return null when none is left that was not tried: reset the client then
    public @Nullable Backend pick(InetAddress client, Tried tried) {
        return candidates.pick(balancing, config.preferLocalMax(), client.hashCode(), tried);
    }

    /// Close the result to unsubscribe. Current members are reported to `listener` as joined.
    public synchronized Subscription follow(BackendListener listener) {
        listeners.add(listener);
        members.values().forEach(listener::joined);
        return () -> listeners.remove(listener);
    }

    /// Who hears of connects that failed and of early resets; one at a time.
    public Subscription reportTo(PassiveReports sink) {
        return reports.to(sink);
    }

    /// All members in their order, then those that left and still have connections.
    public synchronized List<Backend> backends() {
        List<Backend> all = new ArrayList<>(members.values());
        all.addAll(left);
        return all;
    }

    public synchronized List<Backend> members() {
        return List.copyOf(members.values());
    }

    public synchronized @Nullable Backend backend(HostPort id) {
        return members.get(id);
    }

    /// How many take new connections: 0 means that this node has nothing to offer.
    public int up() {
        return candidates.up().size();
    }

    List<Backend> upNow() {
        return candidates.up();
    }

    /// The whole set as configuration or discovery sees it now. What stays keeps counters, state and connections; what
    /// came back while it was draining too. An empty set is ignored when there are members: discovery that finds no API
    /// server at all is blind, not right.
    public synchronized void update(Collection<BackendSpec> specs) {
        if (specs.isEmpty() && !members.isEmpty()) {
            journal.record(Journal.Kind.BACKENDS, "discovery found no backend; keeping the known ones", "backends",
                    names(members.values()));
            return;
        }
        // With the view that each had before.
        Map<Backend, BackendView> joined = new LinkedHashMap<>();
        Map<Backend, BackendView> gone = new LinkedHashMap<>();
        Map<HostPort, BackendSpec> wanted = new LinkedHashMap<>();
        specs.forEach(spec -> wanted.putIfAbsent(spec.id(), spec));
        for (Backend member : List.copyOf(members.values())) {
            if (!wanted.containsKey(member.id())) {
                members.remove(member.id());
                left.add(member);
                gone.put(member, member.change(v -> v.leaving(true)));
            }
        }
        for (BackendSpec spec : wanted.values()) {
            Backend member = members.get(spec.id());
            if (member == null) {
                member = left.stream().filter(b -> b.id().equals(spec.id())).findFirst().orElse(null);
                if (member == null) {
                    member = new Backend(spec, ticker, reports, this);
                    locate(member, spec.id().literal().orElse(null));
                }
                left.remove(member);
                members.put(spec.id(), member);
                joined.put(member, member.change(v -> v.leaving(false)));
            }
            member.change(v -> v.with(v.share().weight(spec.weight())));
        }
        publish();
        if (!joined.isEmpty() || !gone.isEmpty()) {
            journal.record(Journal.Kind.BACKENDS, "the set of backends changed", "backends", names(members.values()),
                    "joined", names(joined.keySet()), "left", names(gone.keySet()));
        }
        gone.forEach((backend, before) -> {
            listeners.forEach(l -> l.left(backend));
            changed(backend, before, "left discovery");
        });
        joined.forEach((backend, before) -> {
            listeners.forEach(l -> l.joined(backend));
            changed(backend, before, backend.reason());
        });
    }

    /// An operator's order.
    ///
    /// @return false when no member has this identity
    public synchronized boolean admin(HostPort id, AdminState order) {
        Backend backend = members.get(id);
        if (backend == null) {
            return false;
        }
        if (backend.admin() == order) {
            return true;
        }
        BackendView before = backend.change(v -> v.ordered(order));
        publish();
        String text = order.name().toLowerCase(Locale.ROOT);
        journal.record(Journal.Kind.BACKENDS, "operator changed the backend's state", "backend", id, "order", text);
        if (order == AdminState.MAINT && before.state() == BackendState.DOWN) {
            listeners.forEach(l -> l.resetAll(backend, "operator set maint"));
        }
        changed(backend, before, order == AdminState.READY ? backend.reason() : "operator set " + text);
        return true;
    }

    /// What is known beyond doubt, without a check.
    ///
    /// @param reason one clause
    public void health(Backend backend, BackendState verdict, String reason) {
        health(backend, Condition.of(verdict), reason, null);
    }

    /// What health checks decided; the first decision is told even when it changes nothing. What becomes of its connections:
    ///
    /// - [Condition#REFUSES]: they are reset a good deal later, see [BackendUpkeep#REFUSED_GRACE].
    /// - [Condition#SILENT]: they are reset at once, if something was heard of another backend while this one was asked in
    ///   vain. Silence everywhere is more likely our own: the cable, a stalled machine, the network behind us. Until then they
    ///   are kept ([Backend#unconfirmed]), and each later check of it that ends in silence decides again.
    ///
    /// @param reason one clause, such as `connect refused 3 times`
    /// @param asOf   when the check began that decided it in silence; null when something was heard, or no check was needed
    public synchronized void health(Backend backend, Condition condition, String reason, @Nullable Long asOf) {
        BackendView before = backend.change(v -> v.with(new BackendView.Verdict(condition, reason)));
        boolean silent = condemned(backend.view());
        boolean settled = condemned(before) && before.unconfirmed() == null;
        boolean keep = condition == Condition.SILENT && silent && !settled && asOf != null
                && !heardElsewhere(backend, asOf);
        backend.change(v -> v.unconfirmed(keep ? asOf : null));
        if (!before.verdict().checked() && backend.state() == before.state()) {
            tell(backend, reason, Duration.ZERO);
        } else if (silent && !settled && !keep && backend.state() == before.state()) {
            journal.record(Journal.Kind.BACKENDS, "backend stays silent: its connections are reset", "backend",
                    backend.id(), "reason", reason, "connections", backend.current());
            listeners.forEach(l -> l.resetAll(backend, reason));
        }
        changed(backend, before, reason);
    }

    private static boolean condemned(BackendView view) {
        return view.state() == BackendState.DOWN && !view.refusing();
    }

    /// A check brought something over the network: an answer, or a refusal by its kernel.
    ///
    /// @param asOf when the check began
    public synchronized void heard(Backend backend, long asOf) {
        backend.change(v -> v.heard(asOf));
    }

    /// This one is about to be found silent: whether the others are heard in the meantime says whose silence it is.
    public synchronized void askOthers(Backend silent) {
        everybody().filter(b -> b != silent).forEach(reports::ask);
    }

    private boolean heardElsewhere(Backend backend, long asOf) {
        return everybody().anyMatch(b -> b != backend && b.view().heardSince(asOf));
    }

    private Stream<Backend> everybody() {
        assert Thread.holdsLock(this);
        return Stream.concat(List.copyOf(members.values()).stream(), List.copyOf(left).stream());
    }

    /// The reason alone changed: the state stays.
    public synchronized void explain(Backend backend, String reason) {
        backend.change(v -> v.with(v.verdict().because(reason)));
    }

    /// The host has fallen silent: its API server may be dead as well, although the last check does not know it yet. It
    /// is checked at once, and until a check that begins after this finds it ready, connections go to those that are
    /// known to be alive, ready or not: where etcd has just lost its leader, "ready" by an older check may mean the
    /// dead one alone.
    ///
    /// @param why one clause: `the agent there is silent`
    public void doubt(InetAddress host, String why) {
        List<Backend> there;
        synchronized (this) {
            there = members.values().stream().filter(b -> !b.view().doubted()).filter(b -> {
                InetSocketAddress at = b.address();
                return at != null && at.getAddress().equals(host);
            }).toList();
            if (there.isEmpty()) {
                return;
            }
            there.forEach(b -> b.change(v -> v.doubted(ticker.nanos())));
            publish();
            journal.record(Journal.Kind.BACKENDS, "backends are suspect: checked now, used last until a check passes",
                    "backends", names(there), "reason", why);
        }
        there.forEach(b -> reports.failed(b, why));
    }

    /// A check found it ready.
    ///
    /// @param asOf when the check began: one from before the doubt does not end it
    public synchronized void trust(Backend backend, long asOf) {
        Long since = backend.view().doubtedNanos();
        if (since != null && asOf - since >= 0) {
            backend.change(v -> v.doubted(null));
            publish();
        }
    }

    /// It answered a check, ready or not.
    ///
    /// @param asOf when the check began
    public synchronized void answered(Backend backend, long asOf) {
        backend.change(v -> v.answered(asOf));
    }

    /// Its health checks take longer than half their timeout, or no longer do: with `preferLocal` it counts as overloaded.
    public synchronized void slow(Backend backend, boolean slow) {
        if (backend.slow() != slow) {
            backend.change(v -> v.slow(slow));
        }
    }

    /// @param part of its weight, 0 to 1: what a backend in its slow start gets
    synchronized void share(Backend backend, double part) {
        backend.change(v -> v.with(v.share().part(part)));
    }

    /// A host name was resolved, or could not be: a known address is kept then.
    synchronized void resolved(Backend backend, @Nullable InetAddress address, String problem) {
        InetSocketAddress before = backend.address();
        if (address == null) {
            if (before == null && !backend.reason().equals(problem)) {
                backend.change(v -> v.with(v.verdict().because(problem)));
                journal.record(Journal.Kind.BACKEND_DOWN, "backend has no address", "backend", backend.id(), "reason",
                        problem);
            }
            return;
        }
        if (before != null && before.getAddress().equals(address)) {
            return;
        }
        locate(backend, address);
        publish();
        if (before != null) {
            journal.record(Journal.Kind.BACKENDS, "backend address changed", "backend", backend.id(), "address",
                    HostPort.of(new InetSocketAddress(address, backend.id().port())));
        }
        listeners.forEach(l -> l.addressChanged(backend));
    }

    /// Its connections outlived the drain timeout.
    synchronized void resetAll(Backend backend, String why) {
        listeners.forEach(l -> l.resetAll(backend, why));
    }

    /// Those that left and have no connections left.
    synchronized void forgetIdle() {
        for (Backend backend : List.copyOf(left)) {
            if (backend.current() == 0) {
                left.remove(backend);
                listeners.forEach(l -> l.forgotten(backend));
            }
        }
    }

    private void locate(Backend backend, @Nullable InetAddress address) {
        if (address != null) {
            InetSocketAddress place = new InetSocketAddress(address, backend.id().port());
            boolean local = onThisHost.test(address);
            backend.change(v -> v.at(place, local));
        }
    }

    /// After a change of its view: tells if that is another state.
    private void changed(Backend backend, BackendView before, String reason) {
        assert Thread.holdsLock(this);
        BackendState from = before.state();
        BackendState to = backend.state();
        if (from == to) {
            return;
        }
        publish();
        tell(backend, reason, Duration.ofNanos(backend.view().past().sinceNanos() - before.past().sinceNanos()));
        listeners.forEach(l -> l.stateChanged(backend, from, to));
        if (condemned(backend.view()) && backend.view().unconfirmed() == null) {
            listeners.forEach(l -> l.resetAll(backend, reason));
        }
    }

    private void tell(Backend backend, String reason, Duration inFormer) {
        Journal.Kind kind = switch (backend.state()) {
            case UP -> Journal.Kind.BACKEND_UP;
            case DRAIN -> Journal.Kind.BACKEND_DRAINING;
            case DOWN -> Journal.Kind.BACKEND_DOWN;
        };
        String message = switch (backend.state()) {
            case UP -> "backend up";
            case DRAIN -> "backend draining: no new connections";
            case DOWN -> {
                if (backend.view().refusing()) {
                    yield "backend down: it refuses connections";
                }
                yield backend.view().unconfirmed() == null
                        ? "backend down: its connections are reset"
                        : "backend is down, and nothing else is heard: its connections are kept for now";
            }
        };
        journal.record(kind, message, "backend", backend.id(), "reason", whoDecides(backend.view(), reason),
                "connections", backend.current(), "formerStateFor",
                Durations.format(Duration.ofMillis(inFormer.toMillis())), "up", up());
    }

    /// A check that finds it ready does not make it drain: an order or discovery does.
    private static String whoDecides(BackendView view, String reason) {
        if (view.state() == view.verdict().health()) {
            return reason;
        }
        return view.leaving() ? "left discovery" : "operator set " + view.admin().name().toLowerCase(Locale.ROOT);
    }

    private void publish() {
        assert Thread.holdsLock(this);
        candidates = new Candidates(members.values(), config.preferLocal());
    }

    private static String names(Collection<Backend> backends) {
        return backends.stream().map(b -> b.id().toString()).collect(Collectors.joining(","));
    }
}
