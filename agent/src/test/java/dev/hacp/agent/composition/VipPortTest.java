package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.vip.address.VipConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VipPortTest {

    private static final Optional<String> NO_CAPABILITY = Optional.of("steering needs CAP_BPF; else another --port");
    private static final String HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt";
    /// As the kernel prints them: the API server on every address, on 10.0.0.1 only, and a connection of it.
    private static final String WILDCARD = "   0: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0";
    private static final String ONE_ADDRESS = "   1: 0100000A:192B 00000000:0000 0A 00000000:00000000 00:00000000";
    private static final String CONNECTION = "   2: 0100000A:192B 0200000A:9C40 01 00000000:00000000 00:00000000";

    private static VipConfig address(int port, String... vips) {
        return VipConfig.of(vip -> {
            vip.vips = Stream.of(vips).map(VipTarget::new).toList();
            vip.port = port;
        });
    }

    @Test
    void whereThePortCanBeSteeredEachFamilyHasAListenerOnLoopback() throws IOException {
        VipPort port = VipPort.choose(address(6443, "10.0.0.100", "10.0.0.101", "fd00::64"), Optional.empty(),
                List.of(HEAD, WILDCARD));
        assertThat(port.listen()).extracting(Listen::toString).containsExactly("127.0.0.1:0", "[::1]:0");
        assertThat(port.served()).as("nothing is steered before it is open").isEmpty();
    }

    @Test
    void elseAnotherPortThanTheApiServersIsBoundOnTheVips() throws IOException {
        VipPort port = VipPort.choose(address(7443, "10.0.0.100", "fd00::64"), NO_CAPABILITY, List.of(HEAD, WILDCARD));
        assertThat(port.listen()).containsExactly(
                Listen.vip(new InetSocketAddress(VirtualIp.parse("10.0.0.100").address(), 7443)),
                Listen.vip(new InetSocketAddress(VirtualIp.parse("fd00::64").address(), 7443)));
        port.open(List.of());
        port.serve(Set.of());
        assertThat(port.served()).containsExactlyInAnyOrder(VirtualIp.parse("10.0.0.100"), VirtualIp.parse("fd00::64"));
        assertThat(port.explain(new IOException("cannot listen on 10.0.0.100:7443")))
                .hasMessage("cannot listen on 10.0.0.100:7443; steering needs CAP_BPF; else another --port");
    }

    @Test
    void theApiServersOwnPortIsBoundOnlyBesideAnApiServerThatHasLeftTheVipFree() throws IOException {
        for (List<String> sockets : List.of(List.of(HEAD), List.of(HEAD, WILDCARD), List.of(HEAD, CONNECTION))) {
            assertThatThrownBy(() -> VipPort.choose(address(6443, "10.0.0.100"), NO_CAPABILITY, sockets))
                    .isInstanceOf(IOException.class).hasMessage("VIP:6443 belongs to the API server as long "
                            + "as it listens on every address: steering needs CAP_BPF; else another --port");
        }
        assertThat(VipPort.choose(address(6443, "10.0.0.100"), NO_CAPABILITY, List.of(HEAD, ONE_ADDRESS)).listen())
                .extracting(Listen::toString).containsExactly("10.0.0.100:6443");
    }

    @Test
    void aVipGivenByNameNeedsSteering() {
        assertThatThrownBy(() -> VipPort.choose(address(7443, "cp.example"), NO_CAPABILITY, List.of(HEAD)))
                .isInstanceOf(IOException.class).hasMessageContaining("given by name").hasMessageContaining("CAP_BPF")
                .hasMessageEndingWith("or give its address");
    }
}
