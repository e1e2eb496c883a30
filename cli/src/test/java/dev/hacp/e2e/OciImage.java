package dev.hacp.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The image that `deploy/image/build` makes of the jar under test, unpacked as a container's runtime would.
///
/// @param tar     the OCI image layout
/// @param rootfs  all layers, one over the other
/// @param command Entrypoint
/// @param packed  bytes of all layers as they are pulled
record OciImage(Path tar, Path rootfs, List<String> command, long packed) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    /// @param folder new
    static OciImage build(Path folder) throws IOException {
        Path tar = folder.resolve("hacp-image.tar");
        ProcessBuilder builder = new ProcessBuilder("../deploy/image/build", tar.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("HACP_JAR", Path.of("target", "hacp.jar").toAbsolutePath().toString());
        builder.environment().put("TESTBED_CLASSPATH",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        Shell.Result built = Shell.attempt(builder, "");
        if (built.exitCode() != 0) {
            throw new IllegalStateException("deploy/image/build: " + built.output());
        }
        System.out.print(built.output());

        Path layout = Files.createDirectory(folder.resolve("layout"));
        Path rootfs = Files.createDirectory(folder.resolve("rootfs"));
        Shell.run("tar", "-xf", tar.toString(), "-C", layout.toString());
        JsonNode entry = JSON.readTree(layout.resolve("index.json").toFile()).path("manifests").path(0);
        if (!entry.path("mediaType").asText().equals(MANIFEST)) {
            throw new IllegalStateException("no image manifest: " + entry);
        }
        JsonNode manifest = JSON.readTree(blob(layout, entry).toFile());
        long packed = 0;
        for (JsonNode layer : manifest.path("layers")) {
            Shell.run("tar", "-xzf", blob(layout, layer).toString(), "-C", rootfs.toString());
            packed += layer.path("size").asLong();
        }
        List<String> command = new ArrayList<>();
        JSON.readTree(blob(layout, manifest.path("config")).toFile()).path("config").path("Entrypoint")
                .forEach(word -> command.add(word.asText()));
        return new OciImage(tar, rootfs, command, packed);
    }

    private static Path blob(Path layout, JsonNode descriptor) {
        return layout.resolve("blobs").resolve(descriptor.path("digest").asText().replace(':', '/'));
    }
}
