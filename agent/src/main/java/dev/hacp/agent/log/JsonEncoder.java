package dev.hacp.agent.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Set;
import org.jspecify.annotations.Nullable;
/// One JSON object a line: `time`, `level`, `message`, `logger`, `thread`, then the event's own keys.
final class JsonEncoder extends LineEncoder {

    private static final Set<String> TAKEN = Set.of("time", "level", "message", "logger", "thread", "stack");

    @Override
    void write(ILoggingEvent event, StringBuilder line) {
        line.append('{');
        field(line, "time", time(event));
        field(line, "level", event.getLevel().toString());
        field(line, "message", event.getFormattedMessage());
        field(line, "logger", event.getLoggerName());
        field(line, "thread", event.getThreadName());
        keys(event).forEach(pair -> field(line, TAKEN.contains(pair.key) ? pair.key + "_" : pair.key, pair.value));
        if (event.getThrowableProxy() != null) {
            field(line, "stack", ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        line.append("}\n");
    }

    /// JSON has no word for NaN and the infinities: they are text.
    private static void field(StringBuilder line, String key, @Nullable Object value) {
        if (line.length() > 1) {
            line.append(',');
        }
        string(line, key);
        line.append(':');
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            line.append(number);
        } else {
            string(line, String.valueOf(value));
        }
    }

    private static void string(StringBuilder line, String text) {
        line.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, line);
        line.append('"');
    }
}
