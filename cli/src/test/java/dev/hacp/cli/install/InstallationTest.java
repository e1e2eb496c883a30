package dev.hacp.cli.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {

    private static final Path JAVA = Path.of("/usr/lib/jvm/temurin-25-jre-amd64/bin/java");
    private static final List<String> ARGUMENTS = List.of("--vip=10.0.0.10", "--vip=fd00::10", "--interface=eth\"1");

    @TempDir
    private Path folder;
    private Path root;
    private Path jar;
    private Installation installation;

    @BeforeEach
    void makeAHost() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
        jar = Files.writeString(folder.resolve("hacp.jar"), "one");
        installation = new Installation(root);
    }

    @Test
    void itPutsJarConfigurationUnitAndCommand() throws IOException {
        assertThat(apply(installation.install(jar, JAVA, false, ARGUMENTS, "1.2.3"))).containsExactly(
                "write " + root + "/opt/hacp/hacp.jar", "not there: " + root + "/opt/hacp/hacp.aot",
                "write " + root + "/etc/hacp/hacp.yaml",
                "write " + root + "/etc/systemd/system/hacp.service", "write " + root + "/usr/local/bin/hacp");
        assertThat(files()).containsOnlyKeys("opt/hacp/hacp.jar", "etc/hacp/hacp.yaml",
                "etc/systemd/system/hacp.service", "usr/local/bin/hacp");
        assertThat(files().get("etc/systemd/system/hacp.service")).startsWith("rw-r--r--").contains(
                "ExecStart=" + JAVA + " -XX:+UseSerialGC", "-jar /opt/hacp/hacp.jar run",
                "--config=/etc/hacp/hacp.yaml");
        assertThat(files().get("usr/local/bin/hacp")).startsWith("rwxr-xr-x #!/bin/sh\nexec " + JAVA)
                .endsWith("-jar /opt/hacp/hacp.jar \"$@\"\n");
    }

    @Test
    void theCommandStartsAJavaWhoseFolderHasSpacesAndQuotes() throws IOException {
        Path java = Files.createDirectory(folder.resolve("Anna's $JDK 25")).resolve("java");
        Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
        apply(installation.install(jar, java, false, ARGUMENTS, "1.2.3"));
        assertThat(Shell.run(root.resolve("usr/local/bin/hacp").toString(), "status", "two words").lines())
                .startsWith(java.toString()).endsWith("-jar", "/opt/hacp/hacp.jar", "status", "two words");
    }

    @Test
    void theConfigurationSaysWhatTheArgumentsSaidAndIsForRootOnly() throws IOException {
        apply(installation.install(jar, JAVA, false, ARGUMENTS.subList(0, 2), "1.2.3"));
        assertThat(files().get("etc/hacp/hacp.yaml")).startsWith("rw------- ");
        AgentConfig read = ConfigReader.agent(
                new ConfigReader.Flags(Map.of(), Optional.of(installation.config()), List.of()),
                new Surroundings(Map.of(), "cp1"));
        assertThat(read.address().vips()).extracting(Object::toString).containsExactly("10.0.0.10", "fd00::10");
    }

    @Test
    void whatYamlWouldReadOtherwiseIsQuoted() {
        assertThat(ConfigText.of(ARGUMENTS))
                .endsWith("vip:\n- \"10.0.0.10\"\n- \"fd00::10\"\ninterface: \"eth\\\"1\"\n");
    }

    @Test
    void aSecondTimeNothingChanges() throws IOException {
        apply(installation.install(jar, JAVA, false, ARGUMENTS, "1.2.3"));
        Map<String, String> before = files();
        assertThat(apply(installation.install(jar, JAVA, false, List.of(), "1.2.3"))).allMatch(
                line -> line.startsWith("unchanged ") || line.startsWith("not there: ")
                        || line.equals("keep " + root + "/etc/hacp/hacp.yaml"));
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void anUpdateReplacesJarAndUnitAndKeepsTheConfiguration() throws IOException {
        apply(installation.install(jar, JAVA, false, ARGUMENTS, "1.2.3"));
        Files.writeString(installation.config(), "vip: [10.0.0.11]\n");
        Files.writeString(jar, "two");
        assertThat(installation.isInstalled()).isTrue();
        assertThat(apply(installation.install(jar, JAVA, false, List.of(), "1.3.0"))).containsExactly(
                "replace " + root + "/opt/hacp/hacp.jar", "not there: " + root + "/opt/hacp/hacp.aot",
                "keep " + root + "/etc/hacp/hacp.yaml",
                "replace " + root + "/etc/systemd/system/hacp.service", "unchanged " + root + "/usr/local/bin/hacp");
        assertThat(files().get("opt/hacp/hacp.jar")).endsWith("two");
        assertThat(files().get("etc/hacp/hacp.yaml")).endsWith("vip: [10.0.0.11]\n");
    }

    @Test
    void takenOffOnlyTheConfigurationIsLeft() throws IOException {
        apply(installation.install(jar, JAVA, false, ARGUMENTS, "1.2.3"));
        apply(installation.uninstall(false));
        assertThat(files()).containsOnlyKeys("etc/hacp/hacp.yaml");
        apply(installation.uninstall(true));
        assertThat(files()).isEmpty();
        assertThat(root.resolve("opt/hacp")).doesNotExist();
        assertThat(root.resolve("etc/hacp")).doesNotExist();
        assertThat(apply(installation.uninstall(true))).allMatch(line -> line.startsWith("not there: "));
    }

    @Test
    void aJavaThatMakesNoAotCacheLeavesNoneAndIsNoFailure() throws IOException {
        Path cache = Files.createDirectories(root.resolve("opt/hacp")).resolve("hacp.aot");
        Files.writeString(cache, "of another version");
        assertThat(apply(installation.install(jar, folder.resolve("no/java"), true, ARGUMENTS, "1.2.3")))
                .contains("replace " + cache);
        assertThat(installation.hasAotCache()).isFalse();
        assertThat(files()).containsKeys("opt/hacp/hacp.jar", "usr/local/bin/hacp")
                .doesNotContainKey("opt/hacp/hacp.aot");
    }

    @Test
    void foreignFilesInItsFoldersStay() throws IOException {
        apply(installation.install(jar, JAVA, false, ARGUMENTS, "1.2.3"));
        Files.writeString(root.resolve("etc/hacp/kube.conf"), "mine");
        apply(installation.uninstall(true));
        assertThat(files()).containsOnlyKeys("etc/hacp/kube.conf");
    }

    @Test
    void aCommandThatFailsSaysWhatItPrinted() throws IOException {
        new Step.Run(List.of("true")).apply();
        assertThatThrownBy(() -> new Step.Run(List.of("sh", "-c", "echo no such unit; exit 5")).apply())
                .isInstanceOf(IOException.class).hasMessageEndingWith("exit code 5: no such unit");
    }

    private static List<String> apply(List<Step> steps) throws IOException {
        List<String> said = new ArrayList<>();
        for (Step step : steps) {
            said.add(step.describe());
            step.apply();
        }
        return said;
    }

    /// Permissions and contents by name below the root.
    private Map<String, String> files() throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                found.put(root.relativize(file).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)) + " "
                                + Files.readString(file));
            }
        }
        return found;
    }
}
