package dev.hacp.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressEventTest {

    @Test
    void aLineOfIpMonitorSaysWhenWhereAndWhat() {
        assertThat(AddressEvent.parse("cp1",
                "[1970-01-01T00:00:02.046851] 3: eth0    inet 10.0.0.2/32 scope global deprecated dynamic eth0\\"
                        + "       valid_lft 2sec preferred_lft 0sec"))
                .contains(new AddressEvent(2_046_851, "cp1", "eth0", "10.0.0.2", true));
        assertThat(AddressEvent.parse("cp1",
                "[1970-01-01T00:01:00.000001] Deleted 3: eth0    inet6 fd77::64/128 scope global deprecated \\"
                        + "       valid_lft 0sec preferred_lft 0sec"))
                .contains(new AddressEvent(60_000_001, "cp1", "eth0", "fd77::64", false));
    }

    @Test
    void anythingElseIsNoEvent() {
        assertThat(AddressEvent.parse("cp1", "netlink receive error No buffer space available (105)")).isEmpty();
        assertThat(AddressEvent.parse("cp1", "")).isEmpty();
    }
}
