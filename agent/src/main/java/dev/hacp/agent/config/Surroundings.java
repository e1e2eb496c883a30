package dev.hacp.agent.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// What the process finds around it: the environment and the host's name.
public record Surroundings(Map<String, String> environment, String hostName) {

    public Surroundings {
        environment = Map.copyOf(environment);
    }

    /// The same on a host of that name, without a pod's NODE_NAME.
    public Surroundings withHostName(String other) {
        Map<String, String> changed = new HashMap<>(environment);
        changed.remove("NODE_NAME");
        return new Surroundings(changed, other);
    }

    public static Surroundings ofThisProcess() {
        return new Surroundings(System.getenv(), kernelHostName());
    }

    /// The kernel's own: no resolver is asked. In lower case, as kubelet registers it.
    private static String kernelHostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            return "";
        }
    }
}
