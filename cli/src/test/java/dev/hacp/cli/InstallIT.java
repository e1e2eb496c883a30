package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.Version;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `java -jar hacp.jar install` on a host's file system that is a folder.
class InstallIT {

    @TempDir
    private Path folder;

    @Test
    void theInstalledCommandAndUnitWorkAndAreTakenOffAgain() throws IOException {
        Path root = Files.createDirectory(folder.resolve("a host"));
        String where = "--root=" + root;
        Invocation dry = FatJar.run("install", where, "--vip", "10.0.0.10", "--dry-run");
        assertThat(dry.err()).isEmpty();
        assertThat(dry.out()).contains("would write " + root + "/opt/hacp/hacp.jar");
        assertThat(root).isEmptyDirectory();

        Invocation first = FatJar.run("install", where, "--vip", "10.0.0.10");
        assertThat(first.err()).isEmpty();
        assertThat(first.out()).endsWith("next: systemctl enable --now hacp\n");
        assertThat(root.resolve("opt/hacp/hacp.jar")).hasSameBinaryContentAs(FatJar.JAR);
        Path cache = root.resolve("opt/hacp/hacp.aot");
        assertThat(Files.size(cache)).isGreaterThan(10_000_000L);

        Path command = root.resolve("usr/local/bin/hacp");
        assertThat(command).isExecutable();
        // The jar's place is the host's: shown to work with this root's.
        String script = Files.readString(command).replace("/opt/hacp/", "'" + root + "'/opt/hacp/");
        assertThat(Shell.attempt(new ProcessBuilder("sh", "-s", "version"), script).output())
                .startsWith("hacp " + Version.number());

        if (Shell.find("systemd-analyze").isPresent()) {
            String unit = Files.readString(root.resolve("etc/systemd/system/hacp.service"));
            Shell.Result verified = Shell.attempt("systemd-analyze", "verify", "--man=no",
                    Files.writeString(root.resolve("hacp.service"), unit).toString());
            assertThat(verified.output()).doesNotContain("hacp.service:");
            Files.delete(root.resolve("hacp.service"));
        }

        // Exit code 1 when the JVM cannot use the cache.
        String strict = script.replace("-Xlog:aot=off", "-XX:AOTMode=on -Xlog:class+load:file='" + root + "/loaded'");
        assertThat(Shell.attempt(new ProcessBuilder("sh", "-s", "version"), strict).exitCode()).isZero();
        assertThat(Files.readString(root.resolve("loaded")))
                .contains("dev.hacp.agent.Version source: shared objects file");
        Files.delete(root.resolve("loaded"));
        byte[] made = Files.readAllBytes(cache);
        Files.writeString(cache, "of another Java");
        assertThat(Shell.attempt(new ProcessBuilder("sh", "-s", "version"), script).output())
                .startsWith("hacp " + Version.number());
        Files.write(cache, made);

        Invocation again = FatJar.run("install", where);
        assertThat(again.out()).contains("unchanged " + root + "/opt/hacp/hacp.jar", "unchanged " + cache, "keep ")
                .endsWith("next: systemctl restart hacp\n");
        Invocation other = FatJar.run("install", where, "--vip", "10.0.0.11");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("/etc/hacp/hacp.yaml exists and is kept, so --vip=10.0.0.11 is not applied");

        assertThat(FatJar.run("uninstall", where, "--purge").code()).isZero();
        try (var left = Files.walk(root)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }
}
