package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerMemoryTest {

    private static final List<HostPort> SERVERS = List.of(new HostPort("10.0.0.1", 7443),
            new HostPort("fd00::2", 6443));

    @TempDir
    Path folder;

    @Test
    void aListSurvivesTheProcess() {
        new ServerMemory(folder).write(SERVERS);
        assertThat(new ServerMemory(folder).read()).isEqualTo(SERVERS);
        new ServerMemory(folder).write(SERVERS.subList(0, 1));
        assertThat(ServerMemory.ofThisProcess(Map.of("STATE_DIRECTORY", folder.toString())).read())
                .containsExactly(new HostPort("10.0.0.1", 7443));
    }

    @Test
    void whatMakesNoSenseIsPassedOver() throws IOException {
        Files.writeString(folder.resolve("api-servers"),
                "10.0.0.1:6443\n\u0000\u0001\nhost:99999999\n\n10.0.0.2:6443\n");
        assertThat(new ServerMemory(folder).read()).containsExactly(new HostPort("10.0.0.1", 6443),
                new HostPort("10.0.0.2", 6443));
    }

    @Test
    void withoutAFolderNothingIsRememberedAndNothingFails() {
        ServerMemory nowhere = new ServerMemory(folder.resolve("missing"));
        nowhere.write(SERVERS);
        assertThat(nowhere.read()).isEmpty();
        assertThat(folder.resolve("missing")).doesNotExist();
    }
}
