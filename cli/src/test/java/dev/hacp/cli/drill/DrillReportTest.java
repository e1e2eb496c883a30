package dev.hacp.cli.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.cli.Invocation;
import dev.hacp.cli.drill.ConnectProbe.Attempt;
import dev.hacp.cli.drill.DrillPlan.Cause;
import dev.hacp.core.HostPort;
import dev.hacp.core.VirtualIp;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DrillReportTest {

    private static final DrillReport REPORT = new DrillReport("10.0.0.10", "cp1", Optional.of("cp2"),
            List.of(new DrillReport.Phase(0, "told to hand over"),
                    new DrillReport.Phase(9, "the last of 5 idle clients has noticed"),
                    new DrillReport.Phase(31, "first new connection served")),
            Optional.of(43L), 1, List.of(new DrillReport.Phase(0, "took over")), List.of("Measured on cp1 itself."));

    @Test
    void thePhasesAreReadFromTopToBottom() {
        assertThat(REPORT.text()).isEqualTo("""
                         +0 ms  told to hand over
                         +9 ms  the last of 5 idle clients has noticed
                        +31 ms  first new connection served
                gap:     43 ms between two new connections that were served (one is begun every 20 ms); 1 failed
                cp2's own notes:
                         +0 ms  took over
                Measured on cp1 itself.
                """);
    }

    @Test
    void aScriptReadsTheSame() throws IOException {
        JsonNode json = new ObjectMapper().readTree(REPORT.json());
        assertThat(json.path("gapMs").asLong()).isEqualTo(43);
        assertThat(json.path("to").asText()).isEqualTo("cp2");
        assertThat(json.path("phases").findValuesAsText("ms")).containsExactly("0", "9", "31");
    }

    @Test
    void theGapIsTheLongestTimeBetweenTwoThatWereServed() {
        List<Attempt> attempts = List.of(new Attempt(0, 1, ""), new Attempt(20, 90, ""), new Attempt(100, 101, ""),
                new Attempt(120, 121, "refused"), new Attempt(140, 141, "refused"), new Attempt(160, 161, ""),
                new Attempt(180, 181, ""));
        assertThat(ConnectProbe.longestGap(attempts, 0)).contains(new ConnectProbe.Gap(1, 90));
        assertThat(ConnectProbe.longestGap(attempts, 95)).contains(new ConnectProbe.Gap(101, 161));
        assertThat(ConnectProbe.longestGap(attempts, 170)).contains(new ConnectProbe.Gap(161, 181));
        assertThat(ConnectProbe.longestGap(attempts, 190)).isEmpty();
    }

    @Test
    void theAgentsAreFoundThroughTheOneThatIsAsked() throws Exception {
        JsonNode status = new ObjectMapper().readTree("""
                {"node":"cp1","leader":"cp2","vips":[{"address":"fd00::10","held":false}],
                 "members":[{"node":"cp2","address":"10.0.0.2:9644"},{"node":"cp3","address":null}]}""");
        DrillPlan plan = DrillPlan.of(status, new HostPort("127.0.0.1", 9643), Optional.empty(), 6443, Cause.ELSEWHERE,
                Duration.ofSeconds(9));
        assertThat(plan.owner()).isEqualTo("cp2");
        assertThat(plan.vip()).hasToString("fd00::10");
        assertThat(plan.nodes()).isEqualTo(
                Map.of("cp1", new HostPort("127.0.0.1", 9643), "cp2", new HostPort("10.0.0.2", 9643)));
        assertThatThrownBy(() -> DrillPlan.of(new ObjectMapper().readTree("{\"node\":\"cp1\",\"leader\":null}"),
                new HostPort("127.0.0.1", 9643), Optional.empty(), 6443, Cause.HANDOVER, Duration.ofSeconds(9)))
                .isInstanceOf(DrillException.class).hasMessageStartingWith("nobody owns a VIP as far as cp1 knows");
    }

    @Test
    void theVipToMeasureMayBeChosenAndMustBeOne() throws Exception {
        JsonNode status = new ObjectMapper().readTree("""
                {"node":"cp1","leader":"cp1","vips":[{"address":"10.0.0.10"},{"address":"fd00::10"}]}""");
        HostPort admin = new HostPort("127.0.0.1", 9643);
        assertThat(DrillPlan.of(status, admin, Optional.empty(), 6443, Cause.HANDOVER, Duration.ofSeconds(9)).vip())
                .hasToString("10.0.0.10");
        assertThat(DrillPlan.of(status, admin, Optional.of(VirtualIp.parse("fd00:0::10")), 6443, Cause.HANDOVER,
                Duration.ofSeconds(9)).vip()).hasToString("fd00::10");
        assertThatThrownBy(() -> DrillPlan.of(status, admin, Optional.of(VirtualIp.parse("10.0.0.11")), 6443,
                Cause.HANDOVER, Duration.ofSeconds(9))).isInstanceOf(DrillException.class)
                .hasMessage("vip: 10.0.0.11 (expected: 10.0.0.10 or fd00::10) from --vip");
        assertThat(Invocation.of("drill", "--vip", "cp.example").err()).contains("from --vip");
    }

    @Test
    void nothingIsKilledWithoutTheConfirmation() {
        assertThat(Invocation.of("drill", "--hard").err()).contains("(expected: --yes-kill-the-agent as well)");
        assertThat(Invocation.of("drill", "--yes-kill-the-agent").code()).isEqualTo(2);
        assertThat(Invocation.of("drill", "--watch", "--hard", "--yes-kill-the-agent").err())
                .contains("one of --watch, --hard and --to at a time");
        assertThat(Invocation.of("drill", "--within", "60").err()).contains("within: 60 (expected: 1s to 1h)");
        Invocation alone = Invocation.of("drill", "--admin-address", "127.0.0.1:1");
        assertThat(alone.code()).isEqualTo(1);
        assertThat(alone.err()).startsWith("hacp drill: no agent at http://127.0.0.1:1/status");
    }
}
