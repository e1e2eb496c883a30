package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OldGenerationTest {

    private static final long MB = 1 << 20;

    private long used = 8 * MB;
    private long alive = 8 * MB;
    private int collections;

    private void collect() {
        collections++;
        used = alive;
    }

    @Test
    void collectsWhenThereIsAQuarterMoreThanWasAlive() {
        OldGeneration old = new OldGeneration(() -> used, this::collect);
        used = 10 * MB - 1;
        old.run();
        assertThat(collections).isZero();

        used = 10 * MB;
        old.run();
        assertThat(collections).isEqualTo(1);
        old.run();
        assertThat(collections).as("nothing has come since").isEqualTo(1);
    }

    @Test
    void doesNotCollectAgainAndAgainWhatIsAlive() {
        OldGeneration old = new OldGeneration(() -> used, this::collect);
        alive = 20 * MB;
        used = 20 * MB;
        old.run();
        used = 24 * MB;
        old.run();
        assertThat(collections).isEqualTo(1);
    }

    @Test
    void leavesLessThanAMegabyteAlone() {
        used = MB;
        alive = MB;
        OldGeneration old = new OldGeneration(() -> used, this::collect);
        used = 2 * MB - 1;
        old.run();
        assertThat(collections).isZero();
    }

    @Test
    void keepsTheHeapOfARealProcessSmall() throws Exception {
        assertThat(mostMegabytes("kept")).isLessThan(16);
    }

    @Test
    void withoutItTheHeapFillsUp() throws Exception {
        assertThat(mostMegabytes("left")).as("else this class is no longer needed").isGreaterThan(32);
    }

    private static int mostMegabytes(String mode) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms8m", "-Xmx64m", "-cp",
                System.getProperty("java.class.path"), Churn.class.getName(), mode)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            return Integer.parseInt(out.strip());
        } finally {
            process.destroyForcibly();
        }
    }

    /// Objects that live long enough to be promoted, 2 MB of them at a time, 200 MB in all; prints the most megabytes that
    /// the old generation ever had.
    static final class Churn {

        private static final int ALIVE = 2048;

        public static void main(String[] mode) {
            OldGeneration old = mode[0].equals("kept") ? OldGeneration.ofThisProcess().orElseThrow() : null;
            List<byte[]> ring = new ArrayList<>();
            long most = 0;
            for (int i = 0; i < 200_000; i++) {
                if (ring.size() < ALIVE) {
                    ring.add(new byte[1024]);
                } else {
                    ring.set(i % ALIVE, new byte[1024]);
                }
                if (i % 100 == 0) {
                    if (old != null) {
                        old.run();
                    }
                    most = Math.max(most, used());
                }
            }
            System.out.println(most >> 20);
        }

        private static long used() {
            return ManagementFactory.getMemoryPoolMXBeans().stream().filter(p -> p.getName().equals("Tenured Gen"))
                    .findFirst().orElseThrow().getUsage().getUsed();
        }
    }
}
