package dev.hacp.testbed.kube;

import dev.hacp.testbed.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Where the real programs are: `$KUBEBUILDER_ASSETS` first (what `setup-envtest use -p path` prints), then the cache that
/// `testbed/kube/build` fills; etcd also from the PATH (Debian: etcd-server).
public record KubeBinaries(Path apiServer, Path etcd) {

    /// The version that `testbed/kube/go.mod` pins.
    public static final String VERSION = "v1.36.3";

    /// Both programs, or empty when one is missing.
    public static Optional<KubeBinaries> find() {
        Optional<Path> apiServer = program("kube-apiserver");
        Optional<Path> etcd = program("etcd");
        return apiServer.isPresent() && etcd.isPresent()
                ? Optional.of(new KubeBinaries(apiServer.get(), etcd.get()))
                : Optional.empty();
    }

    /// `kubectl` from the same places, then the PATH.
    public static Optional<Path> kubectl() {
        return program("kubectl");
    }

    /// `${XDG_CACHE_HOME:-~/.cache}/hacp/kube/VERSION`
    public static Path cache() {
        String base = System.getenv().getOrDefault("XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache");
        return Path.of(base, "hacp", "kube", VERSION);
    }

    private static Optional<Path> program(String name) {
        Optional<Path> assets = Optional.ofNullable(System.getenv("KUBEBUILDER_ASSETS")).filter(text -> !text.isEmpty())
                .map(Path::of);
        return Stream.concat(assets.stream(), Stream.of(cache())).map(folder -> folder.resolve(name))
                .filter(Files::isExecutable).findFirst().or(() -> Shell.find(name));
    }
}
