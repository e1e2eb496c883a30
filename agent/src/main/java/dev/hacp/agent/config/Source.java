package dev.hacp.agent.config;

import java.nio.file.Path;

/// Where a value came from, as an error names it.
sealed interface Source {

    /// `from --renew-deadline`
    String text();

    record Flag(String flag) implements Source {
        @Override
        public String text() {
            return flag;
        }
    }

    record Variable(String variable) implements Source {
        @Override
        public String text() {
            return variable;
        }
    }

    /// @param line one-based
    record FileLine(Path file, int line, String key) implements Source {
        @Override
        public String text() {
            return file + ":" + line + " " + key;
        }
    }

    record Default(String what) implements Source {
        @Override
        public String text() {
            return what;
        }
    }
}
