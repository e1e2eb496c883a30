package dev.hacp.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {

    private final Results results = new Results();

    private void gap(Product product, Fault fault, int round, long millis) {
        results.gap(product, fault, round, Duration.ofMillis(millis));
    }

    @Test
    void theRatioIsTakenRoundByRoundOfThoseThatBothMet() {
        // As medians of all: 200 / 300. Round by round: 2.0 and 0.5, and the third was met by one alone.
        gap(Product.HACP, Fault.CUT, 1, 200);
        gap(Product.KEEPALIVED_FAST, Fault.CUT, 1, 100);
        gap(Product.HACP, Fault.CUT, 2, 150);
        gap(Product.KEEPALIVED_FAST, Fault.CUT, 2, 300);
        gap(Product.KEEPALIVED_FAST, Fault.CUT, 3, 500);
        assertThat(results.table()).contains("| node cut off | 175, 200 (2) | 300, 500 (3) | 1.25 |");
    }

    @Test
    void noRatioIsTakenWhereThePeersAddressStaysOnTwoNodes() {
        gap(Product.HACP, Fault.STOP, 1, 400);
        gap(Product.KEEPALIVED_FAST, Fault.STOP, 1, 20);
        results.leftBehind(Product.KEEPALIVED_FAST, Fault.STOP);
        assertThat(results.table()).contains("20, 20 (1); VIP on two nodes after 5 s in 1 | - |");
    }

    @Test
    void tableSamplesAndPictureAreOfOneRunThatTheyName(@TempDir Path folder) throws Exception {
        gap(Product.HACP, Fault.TERM, 1, 47);
        results.write(folder, "1 of 1", Duration.ofSeconds(9));
        JsonNode samples = new ObjectMapper().readTree(folder.resolve("samples.json").toFile());
        assertThat(samples.path("run").asText()).isNotEmpty();
        assertThat(samples.path("samples").get(0).path("ms").asLong()).isEqualTo(47);
        assertThat(Files.readString(folder.resolve("table.md"))).contains("Run " + samples.path("run").asText());
        assertThat(Files.readString(folder.resolve("gaps.svg"))).contains("handover, SIGTERM");
    }

    @Test
    void roundsOfOneProductAreGivenByName() {
        assertThat(new Arguments("--peer-rounds", "kube-vip-5=5,keepalived-1s=2").numbers("peer-rounds",
                Product.options())).isEqualTo(Map.of("kube-vip-5", 5, "keepalived-1s", 2));
        assertThatThrownBy(() -> new Arguments("--peer-rounds", "5").numbers("peer-rounds", Product.options()))
                .hasMessageContaining("--peer-rounds: '5' (expected: NAME=NUMBER");
    }
}
