package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.lan.Capture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The frames as tshark decodes them from the wire.
@RequiresRoot(programs = {"tcpdump", "tshark"})
class AnnouncementIT extends OnALan {

    @Test
    void bothArpFormsAreGratuitousAndTheAdvertisementOverridesAndIsNoRouters() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit();
                Capture capture = Capture.start(client, "arp or (icmp6 and ip6[40] = 136)")) {
            node.lead();
            awaitFrames(capture, "tell 10.77.0.100", "10.77.0.100 is-at", "tgt is fd77::64");
            String arp = tshark(capture, "arp.isgratuitous == 1 && arp.src.proto_ipv4 == 10.77.0.100", "arp.opcode");
            assertThat(arp.lines()).contains("1", "2");
            assertThat(flags(capture).lines()).first().asString().isIn("1\t0\t0\t1", "True\tFalse\tFalse\t1");
        }
    }

    @Test
    void aNodeThatForwardsSaysSoOrItsNeighboursWouldDropTheirRoutesThroughIt() throws Exception {
        a.namespace().sysctl("net/ipv6/conf/eth0/forwarding", "1");
        try (Node node = new Node(a, FENCE, VIP6).awaitFit();
                Capture capture = Capture.start(client, "icmp6 and ip6[40] = 136")) {
            node.lead();
            awaitFrames(capture, "tgt is fd77::64");
            assertThat(flags(capture).lines()).first().asString().isIn("1\t0\t1\t1", "True\tFalse\tTrue\t1");
        }
    }

    private static void awaitFrames(Capture capture, String... texts) {
        for (String text : texts) {
            Await.until(text, SOON, () -> capture.lines().stream().anyMatch(line -> line.contains(text)));
        }
    }

    /// Override, Solicited, Router, and 1 when the checksum is good.
    private static String flags(Capture capture) {
        return tshark(capture, "icmpv6.type == 136 && icmpv6.nd.na.target_address == fd77::64", "icmpv6.nd.na.flag.o",
                "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.r", "icmpv6.checksum.status");
    }

    private static String tshark(Capture capture, String filter, String... fields) {
        List<String> line = new ArrayList<>(List.of("tshark", "-r", capture.file().toString(),
                "-Y", filter, "-T", "fields"));
        for (String field : fields) {
            line.add("-e");
            line.add(field);
        }
        Shell.Result result = Shell.attempt(line.toArray(String[]::new));
        return String.join("\n", result.output().lines().filter(text -> !text.startsWith("Running as")).toList());
    }
}
