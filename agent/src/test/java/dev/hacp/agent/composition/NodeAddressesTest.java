package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.composition.NodeAddresses.Of;
import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeAddressesTest {

    private static InetAddress ip(String text) {
        return IpAddresses.parse(text).orElseThrow();
    }

    @Test
    void anotherProgramsVipIsNotTakenForTheNodesOwnAddress() {
        assertThat(NodeAddresses.ordered(List.of(new Of(ip("10.0.0.105"), 32), new Of(ip("fd00::11"), 64),
                new Of(ip("10.0.0.11"), 24)))).containsExactly(ip("10.0.0.11"), ip("fd00::11"), ip("10.0.0.105"));
    }

    @Test
    void aNodeThatHasOnlyAWholePrefixIsReachedThere() {
        assertThat(NodeAddresses.ordered(List.of(new Of(ip("10.0.0.11"), 32)))).containsExactly(ip("10.0.0.11"));
    }
}
