package dev.hacp.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The configuration that a container's runtime gives to runc for a pod of ours: read-only root, the manifest's capabilities
/// and no others, no new privileges, the host's network, the runtime's seccomp profile.
final class RuncBundle {

    private static final ObjectMapper JSON = new ObjectMapper();
    /// Podman's and CRI-O's profile on Debian.
    static final Path SECCOMP = Path.of("/usr/share/containers/seccomp.json");

    private final OciImage image;
    private final List<String> capabilities;
    private final List<String> arguments;
    private final Path credentials;

    /// @param capabilities as the manifest names them
    /// @param arguments    of the image's entry point
    /// @param credentials  mounted at /etc/kubernetes
    RuncBundle(OciImage image, List<String> capabilities, List<String> arguments, Path credentials) {
        this.image = image;
        this.capabilities = capabilities.stream().map(name -> "CAP_" + name).toList();
        this.arguments = List.copyOf(arguments);
        this.credentials = credentials;
    }

    /// @return the folder, for `runc run --bundle`
    Path write(Path folder) throws IOException {
        ObjectNode config = JSON.createObjectNode();
        config.put("ociVersion", "1.0.2");
        config.putObject("root").put("path", image.rootfs().toString()).put("readonly", true);
        process(config.putObject("process"));
        ArrayNode mounts = config.putArray("mounts");
        mount(mounts, "/proc", "proc", "proc");
        mount(mounts, "/dev", "tmpfs", "tmpfs", "nosuid", "mode=755", "size=64k");
        mount(mounts, "/sys", "bind", "/sys", "rbind", "ro", "nosuid", "noexec", "nodev");
        mount(mounts, "/run/hacp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=700", "size=1m");
        mount(mounts, "/etc/kubernetes", "bind", credentials.toString(), "rbind", "ro");
        ObjectNode linux = config.putObject("linux");
        ArrayNode namespaces = linux.putArray("namespaces");
        // No network namespace of its own: hostNetwork.
        Stream.of("pid", "ipc", "uts", "mount").forEach(type -> namespaces.addObject().put("type", type));
        linux.putArray("readonlyPaths").add("/proc/sys");
        if (Files.isReadable(SECCOMP)) {
            seccomp(linux.putObject("seccomp"));
        }
        JSON.writeValue(folder.resolve("config.json").toFile(), config);
        return folder;
    }

    private void process(ObjectNode process) {
        process.put("cwd", "/").put("noNewPrivileges", true);
        process.putObject("user").put("uid", 0).put("gid", 0);
        process.putArray("env").add("NODE_NAME=cp1");
        List<String> command = new ArrayList<>(image.command());
        command.addAll(arguments);
        command.forEach(process.putArray("args")::add);
        ObjectNode sets = process.putObject("capabilities");
        Stream.of("bounding", "effective", "permitted")
                .forEach(set -> capabilities.forEach(sets.putArray(set)::add));
    }

    private static void mount(ArrayNode mounts, String destination, String type, String source, String... options) {
        ObjectNode mount = mounts.addObject().put("destination", destination).put("type", type).put("source", source);
        ArrayNode list = mount.putArray("options");
        List.of(options).forEach(list::add);
    }

    /// The runtime's profile for these capabilities. bpf(2) is added when CAP_BPF is granted, as containerd and Docker do
    /// and this profile does not.
    private void seccomp(ObjectNode seccomp) throws IOException {
        String machine = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        seccomp.put("defaultAction", "SCMP_ACT_ERRNO").put("defaultErrnoRet", 38);
        seccomp.putArray("architectures").add(machine.equals("arm64") ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64");
        ArrayNode calls = seccomp.putArray("syscalls");
        for (JsonNode rule : JSON.readTree(SECCOMP.toFile()).path("syscalls")) {
            Set<String> wanted = texts(rule.path("includes").path("caps"));
            Set<String> unwanted = texts(rule.path("excludes").path("caps"));
            Set<String> machines = texts(rule.path("includes").path("arches"));
            boolean applies = capabilities.containsAll(wanted) && capabilities.stream().noneMatch(unwanted::contains)
                    && (machines.isEmpty() || machines.contains(machine))
                    && !texts(rule.path("excludes").path("arches")).contains(machine);
            if (applies && rule.path("action").asText().equals("SCMP_ACT_ALLOW")) {
                ObjectNode call = calls.addObject();
                call.set("names", rule.path("names"));
                call.set("action", rule.path("action"));
                if (rule.path("args").isArray() && !rule.path("args").isEmpty()) {
                    call.set("args", rule.path("args"));
                }
            }
        }
        if (capabilities.contains("CAP_BPF")) {
            ObjectNode call = calls.addObject();
            call.putArray("names").add("bpf");
            call.put("action", "SCMP_ACT_ALLOW");
        }
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new HashSet<>();
        list.forEach(item -> texts.add(item.asText()));
        return texts;
    }
}
