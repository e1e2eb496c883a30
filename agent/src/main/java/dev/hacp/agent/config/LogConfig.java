package dev.hacp.agent.config;

import org.slf4j.event.Level;

/// What the agent's log looks like and how much it says.
public record LogConfig(Format format, Level level) {

    /// `TEXT` for people, `JSON` (one object a line) for machines.
    public enum Format {
        TEXT,
        JSON
    }
}
