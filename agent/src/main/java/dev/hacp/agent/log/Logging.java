package dev.hacp.agent.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import dev.hacp.agent.config.LogConfig;
import java.io.OutputStream;
import java.util.List;
import org.slf4j.LoggerFactory;

/// Starts the log.
public final class Logging {

    /// Loggers of hacp itself: `hacp` is the journal's.
    private static final List<String> OURS = List.of("hacp", "dev.hacp");

    private Logging() {}

    /// Every logger writes to `out`, one line per event. What hacp says follows `config`, libraries from WARN up
    /// (with `debug` and `trace` from INFO up).
    public static void start(LogConfig config, OutputStream out) {
        start((LoggerContext) LoggerFactory.getILoggerFactory(), config, out);
    }

    static void start(LoggerContext context, LogConfig config, OutputStream out) {
        context.reset();
        context.setPackagingDataEnabled(false);
        LineEncoder encoder = switch (config.format()) {
            case TEXT -> new TextEncoder();
            case JSON -> new JsonEncoder();
        };
        encoder.setContext(context);
        encoder.start();
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setName("out");
        appender.setEncoder(encoder);
        appender.setImmediateFlush(true);
        appender.setOutputStream(new KeptOpen(out));
        appender.start();

        Level own = Level.convertAnSLF4JLevel(config.level());
        Level libraries = own.isGreaterOrEqual(Level.WARN) ? own : own == Level.INFO ? Level.WARN : Level.INFO;
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(libraries);
        root.addAppender(appender);
        // It logs as errors what the caller is told and deals with.
        context.getLogger("io.fabric8").setLevel(own.isGreaterOrEqual(Level.INFO) ? Level.OFF : Level.WARN);
        OURS.forEach(name -> context.getLogger(name).setLevel(own));
    }
}
