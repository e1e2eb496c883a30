package dev.hacp.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.agent.config.LogConfig;
import dev.hacp.core.Journal;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LoggingTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @AfterEach
    void quiet() {
        Logging.start(new LogConfig(LogConfig.Format.TEXT, Level.WARN), System.out);
    }

    @Test
    void aStateChangeIsOneLineForPeople() {
        Logging.start(new LogConfig(LogConfig.Format.TEXT, Level.INFO), out);
        new Journal().record(Journal.Kind.TOOK_OVER, "took over", "vip", "10.0.0.10", "interface", "eth0", "reason",
                "the owner is gone\nfor good");
        assertThat(text())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  took over  vip=10\\.0\\.0\\.10 "
                        + "interface=eth0 reason=\"the owner is gone\\\\nfor good\"\n");
    }

    @Test
    void aStateChangeIsOneObjectForMachines() throws Exception {
        Logging.start(new LogConfig(LogConfig.Format.JSON, Level.INFO), out);
        new Journal().record(Journal.Kind.CONFLICT, "somebody \"else\"\tanswers \u0007", "mac", "02:00:00:00:00:01",
                "message", "a key that is taken", "claims", 3L, "gap", Double.NaN);
        JsonNode line = new ObjectMapper().readTree(text());
        assertThat(text()).endsWith("}\n").containsOnlyOnce("\n");
        assertThat(line.get("message").asText()).isEqualTo("somebody \"else\"\tanswers \u0007");
        assertThat(line.get("level").asText()).isEqualTo("ERROR");
        assertThat(line.get("mac").asText()).isEqualTo("02:00:00:00:00:01");
        assertThat(line.get("message_").asText()).isEqualTo("a key that is taken");
        assertThat(line.get("claims").isNumber()).isTrue();
        assertThat(line.get("claims").asLong()).isEqualTo(3);
        assertThat(line.get("gap").asText()).as("no number, so text").isEqualTo("NaN");
        assertThat(line.get("logger").asText()).isEqualTo("hacp");
        assertThat(line.get("time").asText()).endsWith("Z");
    }

    @Test
    void whatItWroteToBeforeStaysOpenForWhatACommandHasToSay() {
        AtomicBoolean closed = new AtomicBoolean();
        OutputStream before = new ByteArrayOutputStream() {
            @Override
            public void close() {
                closed.set(true);
            }
        };
        Logging.start(new LogConfig(LogConfig.Format.TEXT, Level.INFO), before);
        Logging.start(new LogConfig(LogConfig.Format.TEXT, Level.INFO), out);
        assertThat(closed).isFalse();
    }

    @Test
    void librariesAreHeardFromWarnUpAndNamed() {
        Logging.start(new LogConfig(LogConfig.Format.TEXT, Level.INFO), out);
        LoggerFactory.getLogger("io.netty.channel").info("chatter");
        LoggerFactory.getLogger("io.netty.channel").warn("trouble");
        LoggerFactory.getLogger("dev.hacp.vip").info("ours");
        LoggerFactory.getLogger("dev.hacp.vip").debug("detail");
        assertThat(text()).contains("WARN  trouble  logger=io.netty.channel\n").contains("INFO  ours\n")
                .doesNotContain("chatter").doesNotContain("detail");
    }

    @Test
    void theLevelIsTheOperatorsChoice() {
        Logging.start(new LogConfig(LogConfig.Format.TEXT, Level.ERROR), out);
        LoggerFactory.getLogger("hacp").warn("left out");
        LoggerFactory.getLogger("hacp").error("kept", new IllegalStateException("why"));
        assertThat(text()).doesNotContain("left out").contains("ERROR kept\n").contains("IllegalStateException: why");
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
