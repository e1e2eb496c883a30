package dev.hacp.testbed.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HacpJarTest {

    private static final String FLAGS = "hacp.java.flags";

    @AfterEach
    void clear() {
        System.clearProperty(FLAGS);
    }

    @Test
    void eachLineOfTheFlagsIsOneWordEvenWithSpaces() {
        System.setProperty(FLAGS, "-XX:AOTCache=/a checkout/hacp.aot\n-Xlog:gc\n");
        assertThat(new HacpJar(Path.of("java"), Path.of("a checkout/hacp.jar")).command(List.of("run")))
                .containsSequence("-XX:AOTCache=/a checkout/hacp.aot", "-Xlog:gc", "-jar", "a checkout/hacp.jar",
                        "run");
    }
}
