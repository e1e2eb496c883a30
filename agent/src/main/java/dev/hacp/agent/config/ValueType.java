package dev.hacp.agent.config;

import dev.hacp.core.Durations;
import dev.hacp.core.HostPort;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How one text becomes a value.
@FunctionalInterface
interface ValueType<T> {

    /// @throws IllegalArgumentException with a message that ends in `(expected: …)`
    T parse(String text);

    ValueType<Boolean> BOOLEAN = text -> switch (text) {
        case "true" -> true;
        case "false" -> false;
        default -> throw expected(text, "true or false");
    };

    ValueType<String> TEXT = text -> text;

    ValueType<Duration> DURATION = Durations::parse;

    ValueType<HostPort> HOST_PORT = text -> {
        HostPort parsed = HostPort.parse(text);
        if (parsed.port() == 0) {
            throw expected(text, "HOST:PORT with a port from 1 to 65535");
        }
        return parsed;
    };

    /// `:9644` listens on all addresses.
    ValueType<HostPort> LISTEN = text -> HOST_PORT.parse(text.startsWith(":") ? "0.0.0.0" + text : text);

    /// `none` switches it off.
    ValueType<Optional<HostPort>> LISTEN_OR_NONE = text -> text.equals("none")
            ? Optional.empty()
            : Optional.of(LISTEN.parse(text));

    ValueType<Path> PATH = text -> {
        try {
            if (text.isEmpty()) {
                throw expected(text, "a path");
            }
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw expected(text, "a path");
        }
    };

    /// A Unix socket, whose name the kernel takes up to 107 bytes of (sun_path); `none` switches it off.
    ValueType<Optional<Path>> SOCKET_OR_NONE = text -> {
        if (text.equals("none")) {
            return Optional.empty();
        }
        Path path = PATH.parse(text);
        if (path.getFileName() == null
                || path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length > 100) {
            throw expected(text, "the path of a socket, at most 100 bytes, or none");
        }
        return Optional.of(path);
    };

    ValueType<Integer> INTEGER = text -> {
        if (!text.matches("-?\\d{1,9}")) {
            throw expected(text, "a number");
        }
        return Integer.parseInt(text);
    };

    static ValueType<Integer> integer(int least, int most) {
        return text -> {
            if (!text.matches("-?\\d{1,9}")) {
                throw expected(text, "a number from " + least + " to " + most);
            }
            int parsed = Integer.parseInt(text);
            if (parsed < least || parsed > most) {
                throw expected(text, "a number from " + least + " to " + most);
            }
            return parsed;
        };
    }

    static ValueType<String> matching(Pattern pattern, String expected) {
        return text -> {
            if (!pattern.matcher(text).matches()) {
                throw expected(text, expected);
            }
            return text;
        };
    }

    /// The constants' names in lower case, with `-` for `_`.
    static <E extends Enum<E>> ValueType<E> oneOf(Class<E> type) {
        return text -> Arrays.stream(type.getEnumConstants()).filter(constant -> name(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> expected(text, Arrays.stream(type.getEnumConstants()).map(ValueType::name)
                        .collect(Collectors.joining(", "))));
    }

    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static IllegalArgumentException expected(String text, String expected) {
        return new IllegalArgumentException("'" + text + "' (expected: " + expected + ")");
    }
}
