package dev.hacp.agent.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/// `2026-11-23T07:50:01.123Z INFO  took over  vip=10.0.0.10 interface=eth0`. Events of libraries name their logger.
final class TextEncoder extends LineEncoder {

    @Override
    void write(ILoggingEvent event, StringBuilder line) {
        String level = event.getLevel().toString();
        line.append(time(event)).append(' ').append(level).repeat(' ', 6 - level.length());
        line.append(event.getFormattedMessage().replace("\n", "\\n"));
        List<KeyValuePair> pairs = keys(event);
        if (!pairs.isEmpty()) {
            line.append(' ');
            for (KeyValuePair pair : pairs) {
                line.append(' ').append(pair.key).append('=');
                appendValue(line, String.valueOf(pair.value));
            }
        }
        if (!isOurs(event)) {
            line.append("  logger=").append(event.getLoggerName());
        }
        line.append('\n');
        if (event.getThrowableProxy() != null) {
            line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
    }

    private static boolean isOurs(ILoggingEvent event) {
        return event.getLoggerName().equals("hacp") || event.getLoggerName().startsWith("dev.hacp.");
    }

    private static void appendValue(StringBuilder line, String value) {
        boolean plain = !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c != '"' && c != '=');
        if (plain) {
            line.append(value);
        } else {
            line.append('"').append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
                    .append('"');
        }
    }
}
