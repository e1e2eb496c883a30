package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hacp.agent.Version;
import dev.hacp.cli.Invocation;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The image with only what the static pod's manifest gives it, doing the main job on a node with an API server.
@RequiresRoot(programs = {"runc", "python3", "nsenter"})
class ImageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long MEGABYTE = 1_000_000;
    private static final Path FOLDER = Path.of("target", "e2e", "ImageIT").toAbsolutePath();

    /// Podman refuses a run root of more than 50 characters, whatever the path of the checkout.
    @TempDir
    private static Path runRoot;

    private static OciImage image;
    private static Lan lan;
    private static Host node;
    private static Host client;
    private static ControlPlane plane;
    private static Path credentials;

    @BeforeAll
    static void build() throws IOException {
        assumeThat(Path.of(System.getProperty("java.home"), "bin", "jlink")).as("a JDK with jlink").exists();
        remove(FOLDER);
        Files.createDirectories(FOLDER);
        image = OciImage.build(FOLDER);
        lan = Lan.create();
        node = lan.host("cp1");
        client = lan.host("client");
        plane = ControlPlane.prepare(List.of(node), FOLDER, List.of(Lan.vip4().address()));
        credentials = Files.createDirectory(FOLDER.resolve("kubernetes"));
        // As on the first node: admin.conf is not there yet.
        plane.pki().kubeconfig(credentials.resolve("super-admin.conf"), plane.apiServer(node).url(),
                plane.pki().admin());
        plane.start();
    }

    @AfterAll
    static void remove() throws IOException {
        if (plane != null) {
            plane.close();
        }
        if (lan != null) {
            lan.close();
        }
        for (String big : List.of("rootfs", "layout", "podman")) {
            remove(FOLDER.resolve(big));
        }
        Files.deleteIfExists(FOLDER.resolve("hacp-image.tar"));
    }

    @Test
    void itIsSmallAndHasNoShell() {
        assertThat(image.packed()).isLessThan(120 * MEGABYTE);
        assertThat(image.command().getFirst()).isEqualTo("/opt/java/bin/java");
        assertThat(image.rootfs().resolve("bin")).doesNotExist();
        assertThat(image.rootfs().resolve("usr/bin")).doesNotExist();
        assertThat(image.rootfs().resolve("opt/java/bin")).isDirectoryNotContaining(
                file -> !file.getFileName().toString().equals("java"));
    }

    @Test
    void withAReadOnlyRootAndTheManifestsCapabilitiesItOwnsTheVipAndServes() throws IOException {
        Map<String, Object> container = container(manifest());
        assertThat(context(container).get("readOnlyRootFilesystem")).isEqualTo(true);
        List<String> capabilities = capabilities(container);
        String id = "hacp-" + ProcessHandle.current().pid();
        // `ip netns exec` hides the cgroups that runc needs: back to this process's mounts.
        List<String> runc = List.of("nsenter", "--mount=/proc/" + ProcessHandle.current().pid() + "/ns/mnt",
                "--net=" + node.namespace().path(), "runc", "--root", runRoot.resolve("runc").toString());
        assumeItRuns(
                with(runc, "run", "--bundle", bundle("version", capabilities, List.of("version")), id + "-version"));
        String bundle = bundle("run", capabilities, texts(container.get("args")));
        Path log = FOLDER.resolve("runc.log");
        try (HacpProcess agent = new HacpProcess(with(runc, "run", "--bundle", bundle, id), node, log)) {
            agent.start();
            assertServes(agent);
            assertThat(agent.log()).doesNotContain("ERROR").doesNotContain("Exception");
            // runc passes it on to the agent.
            assertThat(agent.terminate(PATIENCE)).isZero();
            assertThat(node.holds(Lan.vip4().address())).isFalse();
        } finally {
            Shell.attempt(with(runc, "delete", "--force", id).toArray(String[]::new));
        }
    }

    @Test
    void podmanRunsTheStaticPod() throws IOException {
        for (String program : List.of("podman", "conmon", "catatonit")) {
            assumeThat(Shell.find(program)).as(program + " is not on the PATH").isPresent();
        }
        Path folder = Files.createDirectory(FOLDER.resolve("podman"));
        Path settings = Files.writeString(folder.resolve("containers.conf"), """
                [engine]
                runtime = "runc"
                cgroup_manager = "cgroupfs"
                events_logger = "file"
                [containers]
                log_driver = "k8s-file"
                default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
                """);
        profileWithBpf(folder.resolve("seccomp.json"));
        // What podman 4 does otherwise than a kubelet: it knows no spec.nodeName, and profiles by annotation only.
        Path manifest = Files.writeString(folder.resolve("hacp.yaml"), manifest()
                .replaceFirst("valueFrom:\\s+fieldRef:\\s+fieldPath: spec.nodeName", "value: cp1")
                .replaceFirst("metadata:", """
                        metadata:
                          annotations:
                            seccomp.security.alpha.kubernetes.io/pod: localhost/seccomp.json""")
                .replace("path: /etc/kubernetes", "path: \"" + credentials + "\""));
        List<String> podman = List.of("nsenter", "--net=" + node.namespace().path(), "env",
                "CONTAINERS_CONF=" + settings, "podman", "--root",
                folder.resolve("root").toString(), "--runroot",
                runRoot.resolve("podman").toString(), "--storage-driver", "vfs");
        run(podman, "load", "--input", image.tar().toString());
        assumeItRuns(with(podman, "run", "--rm", "--network", "host", "localhost/hacp:" + Version.number(), "version"));
        try {
            run(podman, "play", "kube", "--seccomp-profile-root", folder.toString(), manifest.toString());
            // Only asked, not started: podman did that.
            HacpProcess agent = new HacpProcess(List.of(), node, FOLDER.resolve("podman.log"));
            assertServes(agent);
            assertThat(run(podman, "exec", "hacp-hacp", "/opt/java/bin/java", "@/opt/hacp/java.options", "status"))
                    .contains("cp1");
            run(podman, "pod", "stop", "--time", "15", "hacp");
            assertThat(node.holds(Lan.vip4().address())).isFalse();
        } finally {
            System.out.println(Shell.attempt(with(podman, "logs", "hacp-hacp").toArray(String[]::new)).output());
            Shell.attempt(with(podman, "pod", "rm", "--force", "hacp").toArray(String[]::new));
        }
    }

    private static String bundle(String name, List<String> capabilities, List<String> arguments) throws IOException {
        Path folder = Files.createDirectory(FOLDER.resolve(name + "-bundle"));
        return new RuncBundle(image, capabilities, arguments, credentials).write(folder).toString();
    }

    /// Containers that cannot be run at all on this machine say nothing about the image.
    private static void assumeItRuns(List<String> command) {
        Shell.Result result = Shell.attempt(command.toArray(String[]::new));
        assumeThat(result.output()).as("%s: exit code %d", command, result.exitCode())
                .contains("hacp " + Version.number());
    }

    private static void assertServes(HacpProcess agent) {
        Dialer dialer = new Dialer(client, plane.pki(), Lan.vip4().address(), ApiServer.PORT, Duration.ofSeconds(3));
        Await.until("the agent in the container owns the VIP and a client is served", PATIENCE,
                () -> node.holds(Lan.vip4().address()) && dialer.isServed(),
                () -> agent.status() + "\n" + agent.logTail(30));
        assertThat(agent.role()).isEqualTo("leader");
        Await.until("it is ready", PATIENCE, () -> agent.page("/readyz").startsWith("ok"));
    }

    /// Debian's own profile passes bpf(2) with CAP_SYS_ADMIN only; containerd's and Docker's with CAP_BPF.
    private static void profileWithBpf(Path file) throws IOException {
        assumeThat(RuncBundle.SECCOMP).as("podman's seccomp profile").exists();
        ObjectMapper json = new ObjectMapper();
        ObjectNode profile = (ObjectNode) json.readTree(RuncBundle.SECCOMP.toFile());
        profile.withArray("syscalls").forEach(rule -> {
            var names = (ArrayNode) rule.path("names");
            for (int i = names.size() - 1; i >= 0; i--) {
                if (names.get(i).asText().equals("bpf")) {
                    names.remove(i);
                }
            }
        });
        ObjectNode rule = profile.withArray("syscalls").addObject();
        rule.putArray("names").add("bpf");
        rule.put("action", "SCMP_ACT_ALLOW");
        rule.putObject("includes").putArray("caps").add("CAP_BPF");
        json.writeValue(file.toFile(), profile);
    }

    private static String manifest() {
        Invocation pod = Invocation.of("manifest", "pod", "--vip", Lan.vip4().toString());
        assertThat(pod.code()).isZero();
        return pod.out();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> container(String manifest) {
        Map<String, Object> pod = (Map<String, Object>) new Load(LoadSettings.builder().build())
                .loadFromString(manifest);
        Map<String, Object> spec = (Map<String, Object>) pod.get("spec");
        return ((List<Map<String, Object>>) spec.get("containers")).getFirst();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> context(Map<String, Object> container) {
        return (Map<String, Object>) container.get("securityContext");
    }

    @SuppressWarnings("unchecked")
    private static List<String> capabilities(Map<String, Object> container) {
        Map<String, Object> capabilities = (Map<String, Object>) context(container).get("capabilities");
        assertThat(capabilities.get("drop")).isEqualTo(List.of("ALL"));
        return texts(capabilities.get("add"));
    }

    private static List<String> texts(Object list) {
        return ((List<?>) list).stream().map(String::valueOf).toList();
    }

    private static String run(List<String> command, String... more) {
        return Shell.run(with(command, more).toArray(String[]::new));
    }

    private static List<String> with(List<String> command, String... more) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(more));
        return all;
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
