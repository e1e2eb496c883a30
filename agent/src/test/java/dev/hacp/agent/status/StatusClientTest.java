package dev.hacp.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import org.junit.jupiter.api.Test;

class StatusClientTest {

    @Test
    void aWildcardIsDialledOnTheLoopback() {
        assertThat(new StatusClient(new HostPort("0.0.0.0", 9643)).url()).isEqualTo("http://127.0.0.1:9643/status");
        assertThat(new StatusClient(new HostPort("::", 9643)).url()).isEqualTo("http://[::1]:9643/status");
    }
}
