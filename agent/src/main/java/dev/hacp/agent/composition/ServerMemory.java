package dev.hacp.agent.composition;

import dev.hacp.core.HostPort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The API servers that were known last, in a file: after a restart with no VIP anywhere and a kubeconfig that names the VIP,
/// nothing else tells where they are. Where the folder is not there or cannot be written, nothing is remembered.
final class ServerMemory {

    private static final Logger log = LoggerFactory.getLogger(ServerMemory.class);
    private static final int MOST = 64;

    private final Path file;

    /// @param folder made by anyone who installs hacp, never by this
    ServerMemory(Path folder) {
        this.file = folder.resolve("api-servers");
    }

    /// Where the installation keeps it: systemd says so in `STATE_DIRECTORY`, the manifests mount the other one.
    static ServerMemory ofThisProcess(Map<String, String> environment) {
        return new ServerMemory(Path.of(environment.getOrDefault("STATE_DIRECTORY", "/var/lib/hacp")));
    }

    /// Empty when there is none; a line that makes no sense is passed over.
    List<HostPort> read() {
        List<HostPort> servers = new ArrayList<>();
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            lines.limit(MOST).forEach(line -> {
                try {
                    servers.add(HostPort.parse(line.strip()));
                } catch (IllegalArgumentException e) {
                    log.debug("{}: {}", file, e.getMessage());
                }
            });
        } catch (IOException | RuntimeException e) {
            log.debug("{} cannot be read: {}", file, e.toString());
        }
        return servers;
    }

    /// As a whole or not at all.
    void write(List<HostPort> servers) {
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return;
        }
        try {
            Path next = folder.resolve("api-servers.new");
            Files.write(next, servers.stream().limit(MOST).map(HostPort::toString).toList());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            log.debug("{} cannot be written: {}", file, e.toString());
        }
    }
}
