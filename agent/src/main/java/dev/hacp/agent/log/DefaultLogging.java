package dev.hacp.agent.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.hacp.agent.config.LogConfig;
import org.slf4j.event.Level;

/// What logback asks first (a service): warnings as text on stderr until a command starts the log. So no XML is looked
/// for, and logback's own default, everything from DEBUG up on stdout, never shows.
public final class DefaultLogging extends ContextAwareBase implements Configurator {

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        Logging.start(context, new LogConfig(LogConfig.Format.TEXT, Level.WARN), System.err);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
