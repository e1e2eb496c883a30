package dev.hacp.leader.kube;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The files that one credential was read from, each with its stamp, so that a change of any of them is noticed.
final class CredentialFiles {

    private static final long LARGEST = 1 << 20;

    /// @param key the inode: a file renamed over another one within the clock's resolution is still seen
    private record Stamp(FileTime modified, long size, @Nullable Object key) {

        static @Nullable Stamp of(Path file) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
            } catch (IOException e) {
                return null;
            }
        }
    }

    private final Map<Path, @Nullable Stamp> stamps = new LinkedHashMap<>();

    byte[] read(Path file) throws CredentialException {
        Stamp stamp = Stamp.of(file);
        stamps.put(file, stamp);
        try {
            if (stamp != null && stamp.size() > LARGEST) {
                throw new CredentialException(file + " has " + stamp.size() + " bytes (expected: at most 1 MiB)");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new CredentialException(file + " does not exist");
        } catch (AccessDeniedException e) {
            throw new CredentialException(
                    file + " may not be read by this process (expected: run as root, or give it read access)");
        } catch (IOException e) {
            throw new CredentialException(file + " cannot be read: "
                    + (Files.isDirectory(file) ? "it is a directory" : e.getMessage()));
        }
    }

    String readText(Path file) throws CredentialException {
        return new String(read(file), StandardCharsets.UTF_8);
    }

    boolean changed() {
        for (Map.Entry<Path, @Nullable Stamp> entry : stamps.entrySet()) {
            if (!Objects.equals(entry.getValue(), Stamp.of(entry.getKey()))) {
                return true;
            }
        }
        return false;
    }
}
