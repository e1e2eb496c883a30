package dev.hacp.testbed.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The program under test: `java -jar hacp.jar`.
///
/// @param java a Java 25 or newer
/// @param jar  the fat jar
public record HacpJar(Path java, Path jar) {

    // What unit and image use too (ManifestsTest compares); none is needed for correctness.
    private static final List<String> FLAGS = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms8m",
            "-Xmx64m", "-XX:MaxDirectMemorySize=64m", "-XX:TrimNativeHeapInterval=10000", "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError");
    // Would be read as configuration, or be told on stderr by the JVM.
    private static final List<String> HIDDEN = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "NODE_NAME",
            "KUBECONFIG");

    /// The jar named by the property `hacp.jar` or the variable `HACP_JAR`, else the one that the build made.
    public static Optional<HacpJar> find() {
        return Stream
                .of(System.getProperty("hacp.jar", ""),
                        System.getenv().getOrDefault("HACP_JAR", ""), "target/hacp.jar", "cli/target/hacp.jar",
                        "../cli/target/hacp.jar")
                .filter(text -> !text.isEmpty()).map(text -> Path.of(text).toAbsolutePath().normalize())
                .filter(Files::isRegularFile).findFirst()
                .map(jar -> new HacpJar(Path.of(System.getProperty("java.home"), "bin", "java"), jar));
    }

    /// @throws IllegalStateException saying how to build it
    public static HacpJar require() {
        return find().orElseThrow(() -> new IllegalStateException(
                "no hacp.jar: build it with `mvn -pl cli -am package -DskipTests`, or name one with -Dhacp.jar="));
    }

    /// `java -jar hacp.jar arguments`, with more flags of the JVM from the property `hacp.java.flags`, one per line (to trace,
    /// to use an AOT cache), without variables of this process that would be taken as configuration.
    public List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(FLAGS);
        // Not at spaces: the path of a cache may have some.
        System.getProperty("hacp.java.flags", "").lines().filter(flag -> !flag.isBlank()).forEach(command::add);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(arguments);
        return clean(command);
    }

    /// The command, without variables of this process that would be taken as configuration.
    public static List<String> clean(List<String> command) {
        List<String> clean = new ArrayList<>(List.of("env"));
        Stream.concat(HIDDEN.stream(), System.getenv().keySet().stream().filter(name -> name.startsWith("HACP_")))
                .forEach(name -> clean.addAll(List.of("-u", name)));
        clean.addAll(command);
        return clean;
    }
}
