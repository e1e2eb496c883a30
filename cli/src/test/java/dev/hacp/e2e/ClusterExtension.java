package dev.hacp.e2e;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.Cluster;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.jspecify.annotations.Nullable;

/// One cluster for the tests of a class, whole again before each of them. Logs stay in `target/e2e/CLASS`; a failed test
/// shows who had the VIP and what every agent said. The class needs [RequiresRoot] too.
final class ClusterExtension
        implements
            BeforeAllCallback,
            BeforeEachCallback,
            AfterAllCallback,
            TestExecutionExceptionHandler {

    private final List<VirtualIp> vips;
    private final List<String> arguments;
    private final boolean running;
    private @Nullable Cluster cluster;

    private ClusterExtension(List<VirtualIp> vips, List<String> arguments, boolean running) {
        this.vips = vips;
        this.arguments = arguments;
        this.running = running;
    }

    /// Runs and is settled before each test.
    static ClusterExtension running(List<VirtualIp> vips, String... arguments) {
        return new ClusterExtension(vips, List.of(arguments), true);
    }

    /// Only prepared: the test starts it.
    static ClusterExtension prepared(List<VirtualIp> vips, String... arguments) {
        return new ClusterExtension(vips, List.of(arguments), false);
    }

    Cluster get() {
        if (cluster == null) {
            throw new IllegalStateException("the cluster is made before the first test");
        }
        return cluster;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Path folder = Path.of("target", "e2e", context.getRequiredTestClass().getSimpleName()).toAbsolutePath();
        Cluster made = new Cluster(folder, vips, arguments);
        cluster = made;
        if (running) {
            made.start();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (running) {
            get().repair();
        }
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        System.out.println(context.getDisplayName() + " failed: " + failure.getMessage() + "\n" + get().evidence());
        throw failure;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (cluster != null) {
            cluster.close();
        }
    }
}
