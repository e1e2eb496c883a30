package dev.hacp.cli.install;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// One thing that an installation does. Doing it twice leaves the same.
public sealed interface Step {

    /// What it does, or that there is nothing to do, in one line without a full stop.
    String describe() throws IOException;

    void apply() throws IOException;

    /// A file has exactly this text.
    ///
    /// @param permissions as `rwxr-xr-x`
    record Write(Path file, String text, String permissions) implements Step {

        private boolean isDone() throws IOException {
            return Files.isRegularFile(file) && Files.readString(file).equals(text)
                    && PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).equals(permissions);
        }

        @Override
        public String describe() throws IOException {
            return verb(file, isDone()) + file;
        }

        @Override
        public void apply() throws IOException {
            if (!isDone()) {
                replace(file, permissions, fresh -> Files.writeString(fresh, text));
            }
        }
    }

    /// A file is the same as another.
    record Copy(Path from, Path file) implements Step {

        private boolean isDone() throws IOException {
            return Files.isRegularFile(file) && Files.mismatch(from, file) < 0;
        }

        @Override
        public String describe() throws IOException {
            return verb(file, isDone()) + file;
        }

        @Override
        public void apply() throws IOException {
            if (!isDone()) {
                replace(file, "rw-r--r--", fresh -> Files.copy(from, fresh, StandardCopyOption.REPLACE_EXISTING));
            }
        }
    }

    /// An AOT cache belongs to this Java and this jar, or is not there: without one the agent only starts later.
    ///
    /// @param changed whether another Java has been the unit's until now
    record Train(Path java, Path jar, Path file, boolean changed) implements Step {

        private boolean isDone() throws IOException {
            return !changed && AotCache.isNewerThan(jar, java, file);
        }

        @Override
        public String describe() throws IOException {
            return verb(file, isDone()) + file;
        }

        @Override
        public void apply() throws IOException {
            if (isDone()) {
                return;
            }
            try {
                replace(file, "rw-r--r--", fresh -> AotCache.write(java, jar, fresh));
            } catch (IOException e) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// A file of the operator's, which is not touched.
    record Keep(Path file) implements Step {

        @Override
        public String describe() {
            return "keep " + file;
        }

        @Override
        public void apply() {
            // It is there already.
        }
    }

    /// A file is gone, and its folder too when that has become empty and `folder` says so.
    record Remove(Path file, boolean folder) implements Step {

        @Override
        public String describe() {
            return (Files.exists(file) ? "remove " : "not there: ") + file;
        }

        @Override
        public void apply() throws IOException {
            Files.deleteIfExists(file);
            if (folder) {
                try {
                    Files.deleteIfExists(file.toAbsolutePath().getParent());
                } catch (DirectoryNotEmptyException | NoSuchFileException e) {
                    // Somebody else has something there, or it never was.
                }
            }
        }
    }

    /// A command of the host is run to its end.
    record Run(List<String> command) implements Step {

        @Override
        public String describe() {
            return "run " + String.join(" ", command);
        }

        @Override
        public void apply() throws IOException {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(),
                    StandardCharsets.UTF_8);
            try {
                if (process.waitFor() != 0) {
                    throw new IOException(String.join(" ", command) + ": exit code " + process.exitValue() + ": "
                            + output.strip());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(String.join(" ", command) + ": interrupted", e);
            }
        }
    }

    private static String verb(Path file, boolean done) {
        return done ? "unchanged " : Files.exists(file) ? "replace " : "write ";
    }

    @FunctionalInterface
    interface Filling {
        void fill(Path fresh) throws IOException;
    }

    /// In one go: who runs or reads the old file keeps it.
    private static void replace(Path file, String permissions, Filling filling) throws IOException {
        Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = Files.createTempFile(folder, "." + file.getFileName(), ".new");
        try {
            filling.fill(fresh);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
