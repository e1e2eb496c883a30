package dev.hacp.agent.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/// What both forms of the log have in common: UTF-8, nothing before the first event and after the last, times in UTC.
abstract class LineEncoder extends EncoderBase<ILoggingEvent> {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'")
            .withZone(ZoneOffset.UTC);
    private static final byte[] NOTHING = {};

    /// The whole event, with its line end.
    abstract void write(ILoggingEvent event, StringBuilder line);

    static String time(ILoggingEvent event) {
        return TIME.format(Instant.ofEpochMilli(event.getTimeStamp()));
    }

    static List<KeyValuePair> keys(ILoggingEvent event) {
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        return pairs == null ? List.of() : pairs;
    }

    @Override
    public final byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public final byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public final byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(240);
        write(event, line);
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }
}
