package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VipConfigTest {

    private static final Duration PACE = Duration.ofSeconds(30);

    private static VipConfig config(String... vips) {
        return VipConfig.of(vip -> vip.vips = Stream.of(vips).map(VipTarget::new).toList());
    }

    @Test
    void everyProblemIsListedAtOnce() {
        assertThatThrownBy(() -> VipConfig.of(vip -> {
            vip.vips = List.of(new VipTarget("fd00::1"), new VipTarget("fd00:0::1"));
            vip.interfaceName = Optional.of("a b");
            vip.port = 0;
            vip.fence = Duration.ofMillis(2500);
            vip.garpInterval = Duration.ofMillis(10);
        })).isInstanceOf(ConfigurationException.class).hasMessage("""
                vip: fd00::1,fd00::1 (expected: each VIP once)
                interface: a b (expected: an interface name of at most 15 characters)
                port: 0 (expected: a number from 1 to 65535)
                vip-fence: 2s500ms (expected: whole seconds from 2s to 1h, or 0s for no fence)
                garp-interval: 10ms (expected: 1s to 1h)""");
        assertThatThrownBy(() -> config()).hasMessageStartingWith("vip: none given (expected: at least one");
    }

    @Test
    void theShippedDefaultsAreThreeAndTenSeconds() {
        assertThat(VipConfig.DEFAULT_FENCE).isEqualTo(Duration.ofSeconds(3));
        assertThat(VipConfig.DEFAULT_GARP_INTERVAL).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void aNameIsFollowedAndKeepsItsLastAddressWhileDnsIsSilent() {
        InetAddress[][] answer = {{VirtualIp.parse("10.0.0.100").address()}};
        VipNames names = new VipNames(config("fd00::64", "cp.example"), name -> {
            if (answer[0].length == 0) {
                throw new UnknownHostException(name);
            }
            return answer[0];
        }, PACE);
        VirtualIp literal = VirtualIp.parse("fd00::64");
        assertThat(names.resolve().vips()).isEqualTo(Set.of(literal, VirtualIp.parse("10.0.0.100")));
        answer[0] = new InetAddress[]{VirtualIp.parse("10.0.0.200").address()};
        assertThat(names.resolve().vips()).isEqualTo(Set.of(literal, VirtualIp.parse("10.0.0.200")));
        answer[0] = new InetAddress[0];
        assertThat(names.resolve()).isEqualTo(
                new VipNames.Result(Set.of(literal, VirtualIp.parse("10.0.0.200")), ""));
    }

    @Test
    void aNameThatMeansNothingUsableIsAProblemThatNamesIt() throws Exception {
        VipNames unknown = new VipNames(config("cp.example"), name -> {
            throw new UnknownHostException(name);
        }, PACE);
        assertThat(unknown.resolve().problem()).contains("cp.example cannot be resolved");
        assertThat(unknown.pause(unknown.resolve())).as("asked again soon").isLessThan(PACE);
        InetAddress loopback = InetAddress.getByAddress(new byte[]{127, 0, 0, 1});
        VipNames local = new VipNames(config("cp.example"), _ -> new InetAddress[]{loopback}, PACE);
        assertThat(local.resolve().problem()).contains("cp.example resolves to '127.0.0.1'");
        assertThat(local.resolve().vips()).isEmpty();
    }

    @Test
    void aMissingCapabilityIsOneSentenceWithTheRemedy() {
        assertThat(VipPreflight.missing(List.of("Name:\tjava", "CapEff:\t000001ffffffffff"))).isEmpty();
        assertThat(VipPreflight.missing(List.of("CapEff:\t0000000000001000"))).singleElement().asString()
                .contains("CAP_NET_RAW", "NET_RAW");
        assertThat(VipPreflight.missing(List.of("CapEff:\t0000000000000000"))).hasSize(2);
    }
}
