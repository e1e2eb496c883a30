package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.VirtualIp;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientSharingTest {

    private static final VirtualIp VIP = VirtualIp.parse("10.0.0.100");

    private long now;
    // Never fires: the test flushes itself.
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final ClientSharing sharing = new ClientSharing(() -> now, timer);
    private final List<String> sent = new ArrayList<>();

    ClientSharingTest() {
        timer.shutdown();
        sharing.shareWith((more, less) -> sent.add("+" + ports(more) + " -" + ports(less)));
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private static List<Integer> ports(Iterable<ClientConnection> connections) {
        List<Integer> ports = new ArrayList<>();
        connections.forEach(connection -> ports.add(connection.client().getPort()));
        return ports;
    }

    private static ClientConnection client(int port) {
        return new ClientConnection(VIP, 6443, new InetSocketAddress("10.0.0.9", port));
    }

    private void pass(Duration duration) {
        now += duration.toNanos();
    }

    @Test
    void whatOpensIsToldOnceAndInOneBatch() {
        sharing.opened(client(1));
        sharing.opened(client(2));
        sharing.flush();
        sharing.flush();
        assertThat(sent).containsExactly("+[1, 2] -[]");
        assertThat(ports(sharing.table())).containsExactly(1, 2);
    }

    @Test
    void aConnectionThatEndsWithinItsBatchIsNeverTold() {
        sharing.opened(client(1));
        sharing.closed(client(1));
        sharing.flush();
        assertThat(sent).isEmpty();
        assertThat(sharing.table()).isEmpty();
    }

    @Test
    void anEndIsToldTwoSecondsLaterSoThatTheNextOwnerStillKnowsTheClient() {
        sharing.opened(client(1));
        sharing.flush();
        sharing.closed(client(1));
        pass(Duration.ofMillis(1900));
        sharing.flush();
        assertThat(sent).containsExactly("+[1] -[]");
        assertThat(ports(sharing.table())).as("a member that connects now").containsExactly(1);
        pass(Duration.ofMillis(200));
        sharing.flush();
        assertThat(sent).containsExactly("+[1] -[]", "+[] -[1]");
        assertThat(sharing.table()).isEmpty();
    }

    @Test
    void aClientThatComesBackFromTheSamePortMeanwhileStays() {
        sharing.opened(client(1));
        sharing.flush();
        sharing.closed(client(1));
        pass(Duration.ofSeconds(1));
        sharing.opened(client(1));
        pass(Duration.ofSeconds(5));
        sharing.flush();
        assertThat(sent).containsExactly("+[1] -[]");
        assertThat(ports(sharing.table())).containsExactly(1);
    }
}
