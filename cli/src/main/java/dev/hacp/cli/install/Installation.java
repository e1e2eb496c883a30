package dev.hacp.cli.install;

import dev.hacp.cli.manifest.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The files of hacp on a host, below a root that is `/` but in tests.
public final class Installation {

    private static final String SERVICE = "hacp.service";
    /// What hacp itself names, whatever the root.
    private static final Path JAR = Path.of("/opt/hacp/hacp.jar");
    private static final Path AOT = Path.of("/opt/hacp/hacp.aot");
    private static final Path CONFIG = Path.of("/etc/hacp/hacp.yaml");
    private static final Path UNIT = Path.of("/etc/systemd/system", SERVICE);
    private static final Path COMMAND = Path.of("/usr/local/bin/hacp");
    /// Written by the agent: the API servers that it knew last.
    private static final Path SERVERS = Path.of("/var/lib/hacp/api-servers");

    private final Path root;

    /// @param root the host's file system
    public Installation(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /// What the agent is told; the operator's file as soon as it is there.
    public Path config() {
        return at(CONFIG);
    }

    public boolean isConfigured() {
        return Files.exists(config());
    }

    /// Whether the agent will start with an AOT cache.
    public boolean hasAotCache() {
        return Files.exists(at(AOT));
    }

    /// Whether another version, or none, is installed: then there is something to restart or to start.
    public boolean isInstalled() {
        return Files.exists(at(UNIT));
    }

    /// Jar, unit and command become those of this version; the configuration is written only when there is none.
    ///
    /// @param jar       the one that runs
    /// @param java      the Java of the unit, as the host will name it
    /// @param aotCache  whether to make an AOT cache, which takes some seconds
    /// @param arguments of `hacp run`, as `--key=value`, for a first configuration
    public List<Step> install(Path jar, Path java, boolean aotCache, List<String> arguments, String version)
            throws IOException {
        List<String> options = new ArrayList<>(Manifests.javaOptions());
        options.addAll(AotCache.options(AOT));
        String command = "#!/bin/sh\nexec " + shellWord(java.toString()) + " " + String.join(" ", options) + " -jar "
                + JAR
                + " \"$@\"\n";
        List<Step> steps = new ArrayList<>();
        steps.add(new Step.Copy(jar, at(JAR)));
        if (aotCache) {
            boolean changed = Files.exists(at(COMMAND)) && !Files.readString(at(COMMAND)).equals(command);
            steps.add(new Step.Train(java, at(JAR), at(AOT), changed));
        } else {
            steps.add(new Step.Remove(at(AOT), false));
        }
        steps.add(isConfigured()
                ? new Step.Keep(config())
                : new Step.Write(config(), ConfigText.of(arguments), "rw-------"));
        steps.add(new Step.Write(at(UNIT),
                Manifests.systemd(List.of("--config=" + CONFIG), java, options, JAR, version), "rw-r--r--"));
        steps.add(new Step.Write(at(COMMAND), command, "rwxr-xr-x"));
        if (hasSystemd()) {
            steps.add(new Step.Run(List.of("systemctl", "daemon-reload")));
        }
        return steps;
    }

    /// Everything that [#install] put is gone.
    ///
    /// @param purge the configuration too
    public List<Step> uninstall(boolean purge) {
        List<Step> steps = new ArrayList<>();
        if (hasSystemd() && isInstalled()) {
            // Stopping hands the VIP over first.
            steps.add(new Step.Run(List.of("systemctl", "disable", "--now", SERVICE)));
        }
        steps.add(new Step.Remove(at(UNIT), false));
        steps.add(new Step.Remove(at(COMMAND), false));
        steps.add(new Step.Remove(at(AOT), false));
        steps.add(new Step.Remove(at(JAR), true));
        steps.add(new Step.Remove(at(SERVERS), true));
        if (purge) {
            steps.add(new Step.Remove(config(), true));
        } else if (isConfigured()) {
            steps.add(new Step.Keep(config()));
        }
        if (hasSystemd()) {
            steps.add(new Step.Run(List.of("systemctl", "daemon-reload")));
        }
        return steps;
    }

    /// Whether systemd runs the host that is being changed, as sd_booted(3) tells.
    private boolean hasSystemd() {
        return root.equals(Path.of("/")) && Files.isDirectory(Path.of("/run/systemd/system"));
    }

    /// Quoted when it has to be; the operator chooses where Java is.
    private static String shellWord(String word) {
        return word.matches("[\\w.:/,=@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private Path at(Path file) {
        return root.resolve(Path.of("/").relativize(file));
    }
}
