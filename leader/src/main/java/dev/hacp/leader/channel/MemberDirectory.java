package dev.hacp.leader.channel;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.NameClaim.Step;
import dev.hacp.leader.kube.ApiException;
import dev.hacp.leader.kube.ApiServers;
import dev.hacp.leader.kube.MemberLeases;
import dev.hacp.leader.kube.MemberLeases.MemberLease;
import dev.hacp.leader.kube.MemberSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The members by their member Leases. A member leaves the list when its Lease is deleted, and no longer counts when that has not
/// been refreshed for ten minutes; never because the API does not answer, and not because its agent has stopped: who counts less
/// is a majority sooner. One that is connected counts however old its Lease is: those that do not reach the API would find
/// themselves left out, and be a majority by what they know.
public final class MemberDirectory implements Directory {

    private static final Logger log = LoggerFactory.getLogger(MemberDirectory.class);
    private static final Duration STALE = Duration.ofMinutes(10);
    private static final Duration REFRESH = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration LEAVE = Duration.ofSeconds(1);

    private final NodeName self;
    private final MemberSettings settings;
    private final Journal journal;
    private final Ticker ticker;
    private final MemberLeases leases;
    private final Staleness staleness = new Staleness(STALE);
    private final MemberDifferences differences;
    private final Semaphore due = new Semaphore(1);
    private final Semaphore started = new Semaphore(0);
    private final Thread thread = Thread.ofVirtual().name("hacp-members").unstarted(this::run);
    private final FaultGuard guard;
    private final CompletableFuture<Void> named = new CompletableFuture<>();
    private volatile HostPort address;
    private volatile @Nullable Consumer<Collection<Member>> changed;
    private volatile Set<NodeName> connected = Set.of();
    private volatile Set<NodeName> old = Set.of();
    private volatile boolean left;
    private volatile Optional<MemberLease> own = Optional.empty();
    private volatile String nameProblem = "the member Lease is not written yet";
    private volatile boolean nameTaken;

    // Of the thread.
    private NameClaim claim = new NameClaim("", new HostPort("0.0.0.0", 0));
    private String fingerprint = "";
    private @Nullable HostPort publishedAddress;
    private long publishedNanos;
    private Optional<HostPort> refusedTo = Optional.empty();
    private long refusedToNanos;
    private List<Member> last = List.of();
    private String problem = "";
    private boolean settled;

    /// @param address  where the peers reach this agent
    /// @param settings what the others should have alike
    public MemberDirectory(ApiServers servers, String namespace, String leaseName, NodeName self, HostPort address,
            MemberSettings settings, Journal journal, Ticker ticker) {
        this.self = self;
        this.address = address;
        this.settings = settings;
        this.journal = journal;
        this.ticker = ticker;
        this.guard = new FaultGuard("the directory of members", ticker);
        this.differences = new MemberDifferences(self, settings, journal);
        this.leases = new MemberLeases(servers, namespace, leaseName, due::release);
    }

    /// Publishes this agent, unless another one that is alive has the name: then it waits until that one is gone.
    ///
    /// @return completes when this agent has its name for the first time
    public synchronized CompletionStage<Void> claim(String ownFingerprint) {
        if (thread.getState() == Thread.State.NEW) {
            fingerprint = ownFingerprint;
            claim = new NameClaim(ownFingerprint, address);
            leases.follow();
            thread.start();
        }
        return named;
    }

    @Override
    public void start(String ownFingerprint, Consumer<Collection<Member>> listener) {
        changed = listener;
        claim(ownFingerprint);
        started.release();
        due.release();
    }

    @Override
    public void refresh() {
        due.release();
    }

    @Override
    public void connected(Set<NodeName> members) {
        connected = Set.copyOf(members);
        if (members.stream().anyMatch(old::contains)) {
            due.release();
        }
    }

    /// The peers reach this agent there from now on.
    public void moved(HostPort now) {
        address = now;
        due.release();
    }

    /// Why this agent does not have its node name, or not yet; empty when it has.
    public String nameProblem() {
        return nameProblem;
    }

    /// Whether another agent that is alive has the name.
    public boolean isNameTaken() {
        return nameTaken;
    }

    private void run() {
        try {
            while (!left) {
                due.tryAcquire((settled ? POLL : RETRY).toMillis(), TimeUnit.MILLISECONDS);
                due.drainPermits();
                settled = false;
                guard.round(() -> settled = poll());
                // Many changes at once, or strangers that knock, cost one list each 200 ms. The election waits for the first.
                started.tryAcquire(200, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            log.debug("member directory stopped");
        }
    }

    /// @return whether nothing is to be looked at again soon
    private boolean poll() throws InterruptedException {
        try {
            List<MemberLease> listed = leases.list();
            Optional<MemberLease> mine = mine(listed);
            claim.address(address);
            Step step = claim.look(mine, ticker.nanos());
            switch (step) {
                case TAKE, ANSWER -> publish(mine);
                case KEEP -> {
                    if (!address.equals(publishedAddress)
                            || ticker.nanos() - publishedNanos >= REFRESH.toNanos()) {
                        publish(mine);
                    }
                }
                case ASK -> ask(mine.orElseThrow());
                case WAIT -> {
                }
            }
            if (claim.rival().isPresent()) {
                stayOut(claim.rival().get());
                return claim.isRefused();
            }
            tell(step == Step.KEEP ? listed : leases.list());
            problem = "";
            return true;
        } catch (ApiException.Conflict e) {
            log.debug("{}", e.sentence());
            return false;
        } catch (ApiException e) {
            tell(e);
            return false;
        }
    }

    private void tell(ApiException e) {
        if (!named.isDone()) {
            nameProblem = "the member Lease cannot be written: " + e.sentence();
        }
        if (!e.sentence().equals(problem)) {
            problem = e.sentence();
            if (named.isDone()) {
                log.info("members cannot be read: {}", problem);
            } else {
                journal.record(Journal.Kind.WAITING, "waiting for the member Lease", "reason", problem);
            }
        }
    }

    private Optional<MemberLease> mine(List<MemberLease> listed) {
        return listed.stream().filter(one -> one.node().equals(self)).findFirst();
    }

    // ---- this agent's own Lease

    private void publish(Optional<MemberLease> seen) throws ApiException, InterruptedException {
        if (left) {
            return;
        }
        long now = ticker.nanos();
        Optional<HostPort> asking = seen.filter(lease -> lease.fingerprint().equals(fingerprint))
                .flatMap(MemberLease::askedBy);
        if (asking.isPresent()) {
            if (!asking.equals(refusedTo)) {
                journal.record(Journal.Kind.NAME_TAKEN, sentence(asking.get()) + "; the other one stays out", "node",
                        self, "address", asking.get());
            }
            refusedTo = asking;
            refusedToNanos = now;
        } else if (now - refusedToNanos >= STALE.toNanos()) {
            refusedTo = Optional.empty();
        }
        HostPort here = address;
        leases.publish(new MemberLeases.Publication(self, here, fingerprint, settings, refusedTo), seen,
                (int) STALE.toSeconds());
        publishedAddress = here;
        publishedNanos = now;
        claim.took();
        if (nameTaken) {
            journal.record(Journal.Kind.MEMBER, "the other agent of this name is gone: this one joins", "node",
                    self);
        }
        nameTaken = false;
        nameProblem = "";
        named.complete(null);
    }

    private void ask(MemberLease rival) throws ApiException, InterruptedException {
        if (!left) {
            leases.ask(self, rival, address);
            claim.asked();
        }
    }

    /// Out of the election and of the channel, as long as the other one is alive or may be.
    private void stayOut(MemberLease rival) {
        own = Optional.empty();
        if (!claim.isRefused()) {
            nameProblem = "checking whether the agent called " + self + " at " + rival.address().host()
                    + " is still alive";
        } else if (!nameTaken || !nameProblem.equals(sentence(rival.address()))) {
            nameProblem = sentence(rival.address());
            nameTaken = true;
            journal.record(Journal.Kind.NAME_TAKEN, nameProblem, "node", self, "address", rival.address());
        }
        Consumer<Collection<Member>> told = changed;
        if (told != null && !last.isEmpty()) {
            last = List.of();
            told.accept(last);
        }
    }

    private String sentence(HostPort other) {
        return "another agent is called " + self + ", at " + other.host() + ": give one of them another --node-name";
    }

    // ---- the members

    private void tell(List<MemberLease> listed) {
        own = mine(listed);
        staleness.answered(ticker.nanos());
        List<Member> members = new ArrayList<>();
        Set<NodeName> stale = new HashSet<>();
        for (MemberLease one : listed) {
            if (staleness.isStale(one.node().value(), one.version(), connected.contains(one.node()))) {
                stale.add(one.node());
            }
            boolean counts = !stale.contains(one.node()) || one.node().equals(self);
            members.add(new Member(one.node(), one.address(), one.fingerprint(), differences.of(one), counts));
        }
        old = Set.copyOf(stale);
        members.sort((a, b) -> a.node().compareTo(b.node()));
        Consumer<Collection<Member>> told = changed;
        if (told != null && own.isPresent() && !members.equals(last) && !left) {
            differences.tell(members.stream().filter(Member::counts).toList());
            last = members;
            told.accept(members);
        }
    }

    @Override
    public void leave() {
        left = true;
        Optional<MemberLease> mine = own;
        if (mine.isEmpty()) {
            return;
        }
        Thread note = Thread.ofVirtual().name("hacp-members-leave").start(() -> {
            try {
                leases.stopped(self, mine.get());
            } catch (ApiException e) {
                log.debug("could not note in the member Lease that this agent has stopped: {}", e.sentence());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            note.join(LEAVE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        left = true;
        named.cancel(false);
        leases.close();
        thread.interrupt();
    }
}
