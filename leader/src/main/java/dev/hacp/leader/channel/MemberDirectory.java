package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.kube.ApiException;
import dev.hacp.leader.kube.ApiServers;
import dev.hacp.leader.kube.MemberLeases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The members by their member Leases. A member leaves the list when its Lease is deleted or has not been refreshed for
/// ten minutes, never because the API does not answer.
public final class MemberDirectory implements Directory {

    private static final Logger log = LoggerFactory.getLogger(MemberDirectory.class);
    private static final Duration STALE = Duration.ofMinutes(10);
    private static final Duration REFRESH = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration LEAVE = Duration.ofSeconds(1);

    private final NodeName self;
    private final HostPort address;
    private final Ticker ticker;
    private final MemberLeases leases;
    private final Staleness staleness = new Staleness(STALE);
    private final Semaphore due = new Semaphore(1);
    private final Thread thread = Thread.ofVirtual().name("hacp-members").unstarted(this::run);
    private volatile String fingerprint = "";
    private volatile Consumer<Collection<Member>> changed = members -> {};
    private volatile boolean left;
    private List<Member> last = List.of();
    private boolean published;
    private long publishedNanos;
    private String problem = "";

    /// @param address where the peers reach this agent
    public MemberDirectory(ApiServers servers, String namespace, String leaseName, NodeName self, HostPort address,
            Ticker ticker) {
        this.self = self;
        this.address = address;
        this.ticker = ticker;
        this.leases = new MemberLeases(servers, namespace, leaseName, due::release);
    }

    @Override
    public void start(String ownFingerprint, Consumer<Collection<Member>> listener) {
        fingerprint = ownFingerprint;
        changed = listener;
        leases.follow();
        thread.start();
    }

    @Override
    public void refresh() {
        due.release();
    }

    private void run() {
        try {
            boolean ok = false;
            while (!left) {
                due.tryAcquire((ok ? POLL : RETRY).toMillis(), TimeUnit.MILLISECONDS);
                due.drainPermits();
                ok = poll();
                // Many changes at once, or strangers that knock, cost one list each 200 ms.
                TimeUnit.MILLISECONDS.sleep(200);
            }
        } catch (InterruptedException e) {
            log.debug("member directory stopped");
        }
    }

    private boolean poll() throws InterruptedException {
        try {
            if (!published || ticker.nanos() - publishedNanos >= REFRESH.toNanos()) {
                publish();
            }
            List<MemberLeases.MemberLease> listed = leases.list();
            boolean mine = listed.stream()
                    .anyMatch(one -> one.node().equals(self) && one.fingerprint().equals(fingerprint));
            if (!mine && !left) {
                publish();
                listed = leases.list();
            }
            staleness.answered(ticker.nanos());
            List<Member> members = new ArrayList<>();
            for (MemberLeases.MemberLease one : listed) {
                boolean stale = staleness.isStale(one.node().value(), one.version());
                if (!stale || one.node().equals(self)) {
                    members.add(new Member(one.node(), one.address(), one.fingerprint()));
                }
            }
            members.sort((a, b) -> a.node().compareTo(b.node()));
            if (!members.isEmpty() && !members.equals(last) && !left) {
                last = members;
                changed.accept(members);
            }
            problem = "";
            return true;
        } catch (ApiException e) {
            if (!e.sentence().equals(problem)) {
                problem = e.sentence();
                log.info("members cannot be read: {}", problem);
            }
            return false;
        }
    }

    private void publish() throws ApiException, InterruptedException {
        leases.publish(self, address, fingerprint, (int) STALE.toSeconds());
        published = true;
        publishedNanos = ticker.nanos();
    }

    @Override
    public void leave() {
        left = true;
        Thread deletion = Thread.ofVirtual().name("hacp-members-leave").start(() -> {
            try {
                leases.delete(self);
            } catch (ApiException e) {
                log.info("the member Lease stays behind: {}", e.sentence());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            deletion.join(LEAVE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        left = true;
        leases.close();
        thread.interrupt();
    }
}
