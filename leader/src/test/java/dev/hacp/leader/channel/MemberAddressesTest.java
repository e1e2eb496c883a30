package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.NodeName;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemberAddressesTest {

    private static final NodeName A = new NodeName("a");
    private static final NodeName B = new NodeName("b");
    private static final NodeName C = new NodeName("c");

    private final MemberAddresses addresses = new MemberAddresses(A,
            List.of(new HostPort("10.0.0.7", 9644), new HostPort("10.0.0.2", 9644),
                    new HostPort("peer.example", 9644)));

    @Test
    void publishedAndConfiguredAddressesAreMembersAndTheOwnOneIsNot() {
        addresses.published(List.of(member(A, "10.0.0.1"), member(B, "10.0.0.2"), member(C, "10.0.0.2")));
        assertThat(addresses.counts()).isEqualTo(Map.of(address("10.0.0.2"), 2, address("10.0.0.7"), 1));
    }

    @Test
    void anAddressFromWhichAMemberWasConnectedIsItsOwnUntilItComesFromAnother() {
        addresses.published(List.of(member(B, "10.0.0.2"), member(C, "10.0.0.3")));
        assertThat(addresses.connected(B, address("10.0.0.8"))).isTrue();
        assertThat(addresses.connected(B, address("10.0.0.8"))).isFalse();
        assertThat(addresses.counts()).containsEntry(address("10.0.0.8"), 1).containsEntry(address("10.0.0.2"), 1);
        assertThat(addresses.connected(B, address("10.0.0.2"))).isTrue();
        assertThat(addresses.counts()).doesNotContainKey(address("10.0.0.8")).containsEntry(address("10.0.0.2"), 1);
    }

    @Test
    void aNodeThatIsNoMemberAnyMoreHasNoAddress() {
        addresses.published(List.of(member(B, "10.0.0.2"), member(C, "10.0.0.3")));
        addresses.connected(C, address("10.0.0.8"));
        addresses.published(List.of(member(B, "10.0.0.2")));
        assertThat(addresses.counts()).doesNotContainKeys(address("10.0.0.3"), address("10.0.0.8"));
    }

    private static Member member(NodeName node, String host) {
        return new Member(node, new HostPort(host, 9644), "00");
    }

    private static InetAddress address(String literal) {
        return IpAddresses.parse(literal).orElseThrow();
    }
}
