package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.core.TlsHello;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A machine that is no member floods the owner's member port, against the real program with the memory limits it is shipped
/// with: the VIP does not move, the members go on hearing each other, memory does not grow.
@RequiresRoot(programs = "ss")
class MemberFloodIT {

    private static final VirtualIp VIP = Lan.vip4();
    private static final int PORT = 9644;
    private static final int SOURCES = 20;
    private static final Duration LENGTH = Duration.ofSeconds(8);
    private static final int MOST_STRANGERS = 16;
    /// Heartbeats come every 100 ms; from here on their sender is suspect.
    private static final long MOST_SILENT_MILLIS = 400;
    private static final double MOST_HEAP = 48e6;

    @RegisterExtension
    static final ClusterExtension CLUSTER = ClusterExtension.running(List.of(VIP), "--slow-start", "0s");

    /// What was seen while the flood lasted.
    private static final class Seen {
        final Set<String> holders = new TreeSet<>();
        final List<Double> roundTrips = new ArrayList<>();
        final List<Double> heaps = new ArrayList<>();
        final List<Long> silences = new ArrayList<>();
        final List<Long> kept = new ArrayList<>();
        double rejected;
    }

    @BeforeAll
    static void manySources() {
        for (int i = 0; i < SOURCES; i++) {
            CLUSTER.get().client().namespace().ip("address", "add", source(i).getHostAddress() + "/24", "dev",
                    Host.INTERFACE);
        }
    }

    private static InetAddress source(int i) {
        return Lan.address4(150 + i);
    }

    @Test
    void silentConnectionsToTheMemberPortMoveNothing() throws Exception {
        assertUnmoved(3000, ByteBuffer.allocate(0));
    }

    @Test
    void clientHellosToTheMemberPortMoveNothing() throws Exception {
        assertUnmoved(2000, ByteBuffer.wrap(new TlsHello().bytes()));
    }

    private static void assertUnmoved(int perSecond, ByteBuffer greeting) throws Exception {
        Cluster cluster = CLUSTER.get();
        cluster.awaitMembers();
        Host owner = cluster.holder();
        HacpProcess agent = cluster.agent(owner);
        long term = agent.status().path("term").asLong();
        int logged = agent.log().length();
        PortFlood flood = new PortFlood(sources(), new InetSocketAddress(owner.ipv4(), PORT), perSecond, LENGTH,
                greeting);
        Seen seen = new Seen();
        AtomicBoolean over = new AtomicBoolean();
        Thread watch = Thread.ofPlatform().name("flood-watch").start(() -> {
            while (!over.get()) {
                look(cluster, owner, seen);
            }
        });
        PortFlood.Outcome outcome;
        try {
            outcome = cluster.client().call(flood::run);
        } finally {
            over.set(true);
            watch.join();
        }
        System.out.printf("e2e: %s; round trip at most %.1f ms, silent at most %d ms, heap at most %.0f MB, kept %d, "
                + "rejected %.0f%n", outcome, 1e3 * max(seen.roundTrips), most(seen.silences), max(seen.heaps) / 1e6,
                most(seen.kept), seen.rejected);
        assertThat(outcome.tried()).as("connects").isGreaterThan((int) (LENGTH.toSeconds() * perSecond / 4));
        assertThat(seen.holders).containsExactly(owner.name());
        assertThat(agent.status().path("term").asLong()).isEqualTo(term);
        assertThat(seen.silences).hasSizeGreaterThan(10).allMatch(millis -> millis < MOST_SILENT_MILLIS);
        assertThat(seen.heaps).allMatch(bytes -> bytes < MOST_HEAP);
        // Those that are being reset are seen as well.
        assertThat(seen.kept).isNotEmpty().anyMatch(count -> count > 0).allMatch(count -> count <= 2 * MOST_STRANGERS);
        assertThat(seen.rejected).isGreaterThan(outcome.tried() / 2.0);
        assertThat(agent.log().substring(logged).lines().count()).as("lines of the log").isLessThan(20);
    }

    private static List<InetAddress> sources() {
        List<InetAddress> all = new ArrayList<>();
        for (int i = 0; i < SOURCES; i++) {
            all.add(source(i));
        }
        return all;
    }

    private static void look(Cluster cluster, Host owner, Seen seen) {
        cluster.lan().holders(VIP).forEach(host -> seen.holders.add(host.name()));
        for (HacpProcess agent : cluster.agents()) {
            JsonNode status = agent.status();
            for (JsonNode member : status.path("members")) {
                boolean ofFlooded = agent.host().equals(owner) || member.path("node").asText().equals(owner.name());
                if (ofFlooded) {
                    seen.silences.add(member.path("heardMsAgo").asLong(Long.MAX_VALUE));
                }
            }
        }
        String page;
        try {
            page = cluster.agent(owner).page("/metrics");
        } catch (IllegalStateException e) {
            return;
        }
        page.lines().filter(line -> line.startsWith("hacp_peer_round_trip_seconds{")).map(MemberFloodIT::value)
                .forEach(seen.roundTrips::add);
        page.lines().filter(line -> line.startsWith("hacp_jvm_heap_used_bytes")).map(MemberFloodIT::value)
                .forEach(seen.heaps::add);
        seen.rejected = page.lines().filter(line -> line.startsWith("hacp_member_connections_rejected_total{"))
                .mapToDouble(MemberFloodIT::value).sum();
        seen.kept.add(owner.run("ss", "-Htnp", "state", "established", "sport", "=", ":" + PORT).lines()
                // Not those that wait to be accepted.
                .filter(line -> line.contains("users:")).filter(line -> isOfFlood(line)).count());
    }

    private static boolean isOfFlood(String line) {
        // [::ffff:10.77.0.150]:40000 for a socket of both families.
        return sources().stream().map(InetAddress::getHostAddress)
                .anyMatch(source -> line.contains(source + ":") || line.contains(source + "]:"));
    }

    private static double value(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }

    private static double max(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(-1);
    }

    private static long most(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).max().orElse(-1);
    }
}
