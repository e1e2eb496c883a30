package dev.hacp.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.cli.FatJar;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// systemd judges the units.
class UnitFileIT {

    @TempDir
    private Path folder;

    @Test
    void systemdAcceptsTheUnits() throws IOException {
        assumeTrue(Shell.find("systemd-analyze").isPresent(), "no systemd-analyze on this machine");
        Path home = Files.createSymbolicLink(folder.resolve("a Java"), Path.of(System.getProperty("java.home")));
        Path java = home.resolve("bin/java");
        for (String text : List.of(
                Manifests.systemd(List.of("--vip=10.0.0.10", "--kubeconfig=/etc/a b/50%c.conf"), java, FatJar.JAR,
                        "1.2.3"),
                Manifests.balanceSystemd(List.of("--listen=127.0.0.1:7445"), java, FatJar.JAR, "1.2.3"))) {
            Path unit = Files.writeString(folder.resolve("hacp.service"), text);
            Shell.Result result = Shell.attempt("systemd-analyze", "verify", "--man=no", unit.toString());
            assertThat(result.exitCode()).as(result.output()).isZero();
            assertThat(result.output()).doesNotContain("hacp.service:");
        }
    }
}
