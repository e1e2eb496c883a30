package dev.hacp.core;

import java.util.List;

/// Every problem of a configuration at once. A problem reads `key: value (expected: …)`, with its source where one is known.
public final class ConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    public ConfigurationException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
