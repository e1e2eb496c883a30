package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.agent.Version;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/// The fat jar as built: what is in it and how it behaves.
class PackagingIT {

    @Test
    void itHoldsTheNativesOfBothArchitecturesAndOfNoOtherSystem() throws IOException {
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            Set<String> natives = jar.stream().map(ZipEntry::getName)
                    .filter(name -> name.matches(".*\\.(so|dll|jnilib|dylib|a)")).collect(Collectors.toSet());
            assertThat(natives).containsExactlyInAnyOrder("com/sun/jna/linux-x86-64/libjnidispatch.so",
                    "com/sun/jna/linux-aarch64/libjnidispatch.so",
                    "META-INF/native/libnetty_transport_native_epoll_x86_64.so",
                    "META-INF/native/libnetty_transport_native_epoll_aarch_64.so");
        }
    }

    @Test
    void itHoldsNothingTwiceAndNoSignaturesOrModuleDescriptors() throws IOException {
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            List<String> names = jar.stream().map(ZipEntry::getName).toList();
            assertThat(names).doesNotHaveDuplicates()
                    .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC)"))
                    .noneMatch(name -> name.endsWith("module-info.class"))
                    .noneMatch(name -> name.startsWith("dev/hacp/testbed"))
                    .noneMatch(name -> name.matches(".*(junit|mockito|archunit).*"))
                    .contains("META-INF/LICENSE", "META-INF/NOTICE", "META-INF/AL2.0", "dev/hacp/cli/Main.class");
        }
    }

    @Test
    void itsServicesAreMerged() throws IOException {
        assertThat(text("META-INF/services/io.fabric8.kubernetes.client.http.HttpClient$Factory"))
                .contains("io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory");
        List<String> types = text("META-INF/services/io.fabric8.kubernetes.api.model.KubernetesResource").lines()
                .toList();
        assertThat(types).as("types that are loaded at every start").hasSizeLessThan(20);
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            assertThat(types).allMatch(type -> jar.getEntry(type.replace('.', '/') + ".class") != null);
        }
        assertThat(text("META-INF/services/org.slf4j.spi.SLF4JServiceProvider"))
                .isEqualToIgnoringNewLines("ch.qos.logback.classic.spi.LogbackServiceProvider");
        assertThat(text("META-INF/io.netty.versions.properties")).contains("netty-transport-classes-epoll.version=")
                .contains("netty-handler.version=");
    }

    @Test
    void itsManifestNamesNoBuilderAndNoTime() throws IOException {
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            assertThat(manifest.keySet().stream().map(Object::toString)).containsExactlyInAnyOrder("Manifest-Version",
                    "Main-Class", "Implementation-Title", "Implementation-Version", "Enable-Native-Access",
                    "Multi-Release");
            assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
            assertThat(manifest.getValue("Implementation-Version")).isEqualTo(Version.number());
            assertThat(jar.stream().filter(entry -> entry.getName().startsWith("dev/hacp/cli/"))
                    .map(ZipEntry::getTimeLocal)).as("times of our own entries")
                    .containsOnly(LocalDateTime.of(2026, 11, 1, 0, 0));
        }
    }

    @Test
    void everyClassThatOursReferToIsInside() throws IOException {
        Set<String> missing = new TreeSet<>();
        int[] references = {0};
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            for (ZipEntry entry : jar.stream().filter(found -> found.getName().matches("dev/hacp/.*\\.class"))
                    .toList()) {
                byte[] bytes = jar.getInputStream(entry).readAllBytes();
                ClassFile.of().parse(bytes).constantPool().forEach(constant -> {
                    if (constant instanceof ClassEntry type) {
                        String name = type.asInternalName().replaceFirst("^\\[+L?", "").replace(";", "");
                        references[0]++;
                        if (name.contains("/") && jar.getEntry(name + ".class") == null && !isOfJdk(name)) {
                            missing.add(name + " in " + entry.getName());
                        }
                    }
                });
            }
        }
        assertThat(references[0]).isPositive();
        assertThat(missing).isEmpty();
    }

    private static boolean isOfJdk(String internalName) {
        return ClassLoader.getPlatformClassLoader().getResource(internalName + ".class") != null;
    }

    @Test
    void theLauncherIsBytecodeThatJava8Reads() throws IOException {
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            byte[] launcher = jar.getInputStream(jar.getEntry("dev/hacp/cli/Main.class")).readAllBytes();
            assertThat(ClassFile.of().parse(launcher).majorVersion()).isEqualTo(ClassFile.JAVA_8_VERSION);
        }
    }

    @Test
    void anOlderJavaIsToldWhatIsNeeded() throws IOException {
        Optional<Path> older = javas()
                .filter(home -> home.getFileName().toString().matches("java-(1\\.)?(8|11|17|21)\\D.*"))
                .map(home -> home.resolve("bin/java")).filter(Files::isExecutable).findFirst();
        assumeTrue(older.isPresent(), "no Java older than 25 under /usr/lib/jvm");
        Invocation refused = FatJar.run(older.get(), "run", "--vip", "10.0.0.10");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).startsWith("hacp needs Java 25 or newer; this is Java ")
                .contains("install a Java 25 runtime").hasLineCount(1);
    }

    private static Stream<Path> javas() throws IOException {
        Path folder = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        List<Path> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            entries.sorted().forEach(found::add);
        }
        return found.stream();
    }

    @Test
    void exitCodesAreZeroOneAndTwo() {
        assertThat(FatJar.run("version").code()).isZero();
        assertThat(FatJar.run("--help").code()).isZero();
        assertThat(FatJar.run("run", "--help").code()).isZero();
        assertThat(FatJar.run().code()).isEqualTo(2);
        assertThat(FatJar.run("rum").code()).isEqualTo(2);
        assertThat(FatJar.run("run", "--vip", "10.0.0.1/24").code()).isEqualTo(2);
        assertThat(FatJar.run("status", "--admin-address", "127.0.0.1:1").code()).isEqualTo(1);
    }

    @Test
    void commandsThatSucceedPrintNothingOnStderr() {
        assertThat(FatJar.output("version")).matches("hacp .*\\n");
        assertThat(FatJar.output("--version")).isEqualTo(FatJar.output("version"));
        assertThat(FatJar.output("--help")).contains("Commands:");
        assertThat(FatJar.output("manifest", "pod", "--vip", "10.0.0.10")).contains("kind: Pod");
        assertThat(FatJar.output("completion", "bash")).contains("complete ");
    }

    @Test
    void textIsUtf8WhateverTheLocale() {
        Invocation invocation = FatJar.run("run", "--vip", "zürich");
        assertThat(invocation.code()).isEqualTo(2);
        assertThat(invocation.err()).contains("(expected: an IPv4 or IPv6 address");
    }

    private static String text(String entry) throws IOException {
        try (JarFile jar = new JarFile(FatJar.JAR.toFile())) {
            return new String(jar.getInputStream(jar.getEntry(entry)).readAllBytes(),
                    java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
