package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReachableTest {

    private static final InetAddress OLD = address("10.0.0.12");
    private static final InetAddress NEW = address("10.0.0.22");

    private final Reachable reachable = new Reachable(new HostPort("0.0.0.0", 9644), List.of(OLD));

    private static InetAddress address(String text) {
        return IpAddresses.parse(text).orElseThrow();
    }

    @Test
    void aFurtherAddressMovesNothing() {
        Reachable both = reachable.with(List.of(NEW, OLD));
        assertThat(both.advertised()).isEqualTo(new HostPort("10.0.0.12", 9644));
        assertThat(both.apiServer(List.of(6443))).containsExactly(new HostPort("10.0.0.22", 6443),
                new HostPort("10.0.0.12", 6443));
    }

    @Test
    void anAddressThatIsGoneIsReplacedByOneThatIsThere() {
        Reachable moved = reachable.with(List.of(NEW, OLD)).with(List.of(NEW));
        assertThat(moved.advertised()).isEqualTo(new HostPort("10.0.0.22", 9644));
        assertThat(moved.apiServer(List.of(6443))).containsExactly(new HostPort("10.0.0.22", 6443));
    }

    @Test
    void itsApiServerIsDialledAtEachPortThatItMayHaveTheLikeliestFirst() {
        assertThat(reachable.apiServer(List.of(7443, 6443))).containsExactly(new HostPort("10.0.0.12", 7443),
                new HostPort("10.0.0.12", 6443));
    }

    @Test
    void aNodeThatHasNoAddressForAMomentKeepsWhatItHad() {
        assertThat(reachable.with(List.of())).isEqualTo(reachable);
        assertThat(reachable.with(List.of()).with(List.of(NEW)).advertised())
                .isEqualTo(new HostPort("10.0.0.22", 9644));
    }

    @Test
    void whatTheOperatorGaveIsAdvertisedWhateverTheNodeHas() {
        HostPort given = new HostPort("10.0.0.12", 9644);
        assertThat(new Reachable(given, List.of(OLD)).with(List.of(NEW)).advertised()).isEqualTo(given);
    }
}
