package dev.hacp.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Texts kept beside the tests; `-Dgolden.update=true` rewrites them, for review in the diff.
public final class Golden {

    private Golden() {}

    /// @param name a file of src/test/resources/golden
    public static void assertMatches(String name, String actual) {
        assertFile(Path.of("src/test/resources/golden", name), actual);
    }

    /// @param file relative to the module
    public static void assertFile(Path file, String actual) {
        try {
            if (Boolean.getBoolean("golden.update")) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, actual);
            }
            assertEquals(Files.exists(file) ? Files.readString(file) : "(no such file)", actual,
                    file + " is stale: run the tests with -Dgolden.update=true and review the diff");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
