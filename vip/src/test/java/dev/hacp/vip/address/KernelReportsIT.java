package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.vip.netlink.NetlinkEvent;
import dev.hacp.vip.netlink.RtMonitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// More changes than the socket's buffer holds, as a node makes them on which many containers start at once.
class KernelReportsIT extends OnALan {

    private static final int PAIRS = 6000;

    @Test
    void whatTheKernelHadToDropIsReportedAsAnOverrun(@TempDir Path folder) throws Exception {
        Path changes = Files.writeString(folder.resolve("changes"),
                "addr add 192.0.2.1/32 dev eth0\naddr del 192.0.2.1/32 dev eth0\n".repeat(PAIRS));
        List<NetlinkEvent> heard = new ArrayList<>();
        try (RtMonitor monitor = a.call(() -> RtMonitor.open(Duration.ofMillis(200)))) {
            a.run("ip", "-batch", changes.toString());
            int before;
            do {
                before = heard.size();
                monitor.await(heard::add);
            } while (heard.size() > before);
        }
        assertThat(heard).as("reports of %d changes", 2 * PAIRS).hasSizeLessThan(2 * PAIRS)
                .contains(new NetlinkEvent.Overrun()).hasAtLeastOneElementOfType(NetlinkEvent.AddressRemoved.class);
    }
}
