package dev.hacp.agent.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Process numbers mean something within one PID namespace only: an agent in a container has others than the host.
final class PidNamespace {

    private PidNamespace() {}

    /// `pid:[4026531836]`; empty when the kernel does not tell.
    static String own() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
