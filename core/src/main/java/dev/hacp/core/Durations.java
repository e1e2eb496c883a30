package dev.hacp.core;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as configuration text: a number and a unit, several may follow each other (`250ms`, `15s`, `1m30s`, `2h`).
public final class Durations {

    private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|us|s|m|h)");

    private Durations() {}

    /// @throws IllegalArgumentException when a unit is missing or the text has any other form
    public static Duration parse(String text) {
        Matcher part = PART.matcher(text);
        Duration sum = Duration.ZERO;
        int at = 0;
        while (at < text.length() && part.find(at) && part.start() == at) {
            long n = Long.parseLong(part.group(1));
            sum = sum.plus(switch (part.group(2)) {
                case "us" -> Duration.ofNanos(n * 1000);
                case "ms" -> Duration.ofMillis(n);
                case "s" -> Duration.ofSeconds(n);
                case "m" -> Duration.ofMinutes(n);
                default -> Duration.ofHours(n);
            });
            at = part.end();
        }
        if (at == 0 || at != text.length()) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a duration with a unit, such as 15s or 250ms)");
        }
        return sum;
    }

    /// The shortest text that `parse` reads back: `15s`, `1m30s`, `250ms`.
    public static String format(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        StringBuilder text = new StringBuilder(duration.isNegative() ? "-" : "");
        Duration rest = duration.abs();
        append(text, rest.toHours(), "h");
        append(text, rest.toMinutesPart(), "m");
        append(text, rest.toSecondsPart(), "s");
        append(text, rest.toMillisPart(), "ms");
        append(text, rest.toNanosPart() / 1000 % 1000, "us");
        return text.toString();
    }

    /// For a table, the two largest units: `12s`, `3m12s`, `2h4m`, `5d7h`.
    public static String brief(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 60) {
            return seconds + "s";
        } else if (seconds < 3600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        } else if (seconds < 86_400) {
            return seconds / 3600 + "h" + seconds % 3600 / 60 + "m";
        }
        return seconds / 86_400 + "d" + seconds % 86_400 / 3600 + "h";
    }

    private static void append(StringBuilder text, long n, String unit) {
        if (n > 0) {
            text.append(n).append(unit);
        }
    }
}
