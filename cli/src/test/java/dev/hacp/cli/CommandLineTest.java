package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.config.Options;
import dev.hacp.testbed.Golden;
import dev.hacp.testbed.Shell;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {

    static List<List<String>> commands() {
        List<List<String>> all = new ArrayList<>();
        collect(Commands.tree(terminal()), List.of(), all);
        return all;
    }

    private static void collect(CommandLine line, List<String> path, List<List<String>> all) {
        all.add(path);
        line.getSubcommands().forEach((name, sub) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            collect(sub, deeper, all);
        });
    }

    private static Terminal terminal() {
        return new Terminal(new java.io.PrintWriter(java.io.Writer.nullWriter()),
                new java.io.PrintWriter(java.io.Writer.nullWriter()), false,
                new dev.hacp.agent.config.Surroundings(Map.of(), "cp1"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpIsCompleteAndExact(List<String> path) {
        List<String> args = new ArrayList<>(path);
        args.add("--help");
        Invocation help = Invocation.of(args.toArray(String[]::new));
        assertThat(help.code()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out()).contains("Exit codes:").contains("Examples:").contains("Usage: hacp")
                .doesNotContain("\u001b");
        assertThat(help.out().lines()).as("lines fit the width").allMatch(line -> line.length() <= 140);
        Golden.assertMatches("help/" + String.join("-", path.isEmpty() ? List.of("hacp") : path) + ".txt", help.out());
    }

    @Test
    void aMistypedCommandIsCorrected() {
        Invocation mistyped = Invocation.of("manifets");
        assertThat(mistyped.code()).isEqualTo(2);
        assertThat(mistyped.err()).isEqualTo("""
                hacp: unknown command 'manifets' (did you mean manifest?)
                See 'hacp --help'.
                """);
        assertThat(mistyped.out()).isEmpty();
    }

    @Test
    void noCommandAtAllIsWrongUsage() {
        assertThat(Invocation.of().code()).isEqualTo(2);
        assertThat(Invocation.of("manifest").code()).isEqualTo(2);
        assertThat(Invocation.of("manifest").err()).contains("pod, daemonset");
    }

    @Test
    void wrongFlagsAndWrongValuesAreToldTogether() {
        Invocation wrong = Invocation.in(Map.of("HACP_RENEW_DEADLINE", "20s"), "run", "--vpi", "10.0.0.1", "--port",
                "x", "--fall", "1", "--fall", "2", "stray", "--heartbeat");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).isEqualTo("""
                hacp run: the configuration has 7 problems:
                  --fall: given twice (expected: once) from the command line
                  --heartbeat: no value (expected: DURATION) from the command line
                  --vpi: unknown option (did you mean --vip?)
                  stray: unexpected argument (expected: options only)
                  port: x (expected: a number) from --port
                  vip: none given (expected: at least one, such as --vip 10.0.0.10)
                  renew-deadline: 20s (expected: < lease-duration 15s) from HACP_RENEW_DEADLINE
                See 'hacp run --help'.
                """);
    }

    @Test
    void aSwitchNeedsNoValue() {
        Invocation manifest = Invocation.of("manifest", "pod", "--vip", "10.0.0.10", "--prefer-local",
                "--rebalance=false", "--preempt");
        assertThat(manifest.code()).as(manifest.err()).isZero();
        assertThat(manifest.out()).contains("- --prefer-local=true\n").contains("- --rebalance=false\n")
                .contains("- --preempt=true\n");
    }

    @Test
    void theBalancePodHasProbesUnlessItIsToldToHaveNoPort() {
        Invocation pod = Invocation.of("manifest", "balance-pod", "--listen", "127.0.0.1:7445", "--backend",
                "10.0.0.1:6443");
        assertThat(pod.code()).as(pod.err()).isZero();
        assertThat(pod.out()).contains("- --admin-address=127.0.0.1:9645\n")
                .contains("httpGet: {host: \"127.0.0.1\", port: 9645, path: /readyz}").doesNotContain("--health=");
        Invocation without = Invocation.of("manifest", "balance-pod", "--listen", "127.0.0.1:7445", "--backend",
                "10.0.0.1:6443", "--admin-address", "none");
        assertThat(without.out()).contains("- --admin-address=none\n").doesNotContain("Probe:");
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        Invocation completion = Invocation.of("completion", "bash");
        assertThat(completion.out()).contains("manifest").contains("--renew-deadline").contains("daemonset");
        assertThat(Shell.attempt(new ProcessBuilder("bash", "-n"), completion.out()).exitCode()).isZero();
        assertThat(Invocation.of("completion", "fish").code()).isEqualTo(2);
        assertThat(Invocation.of("completion").err()).contains("(expected: bash or zsh)");
    }

    @Test
    void theManualPageNamesEveryCommandAndOption() {
        Invocation man = Invocation.of("man");
        assertThat(man.code()).isZero();
        assertThat(man.out()).startsWith(".TH HACP 8").contains(".SH EXIT STATUS").doesNotContain("%%");
        Options.ALL.forEach(option -> assertThat(man.out()).contains(option.flag().replace("-", "\\-")));
        commands().stream().filter(path -> !path.isEmpty())
                .forEach(path -> assertThat(man.out()).contains(".SS \"hacp " + String.join(" ", path)
                        .replace("-", "\\-")));
        assertThat(man.out().lines()).as("every request is a macro of man(7)").allMatch(
                line -> !line.startsWith(".") || line.matches("\\.(TH|SH|SS|TP|PP|B|I|nf|fi)( .*)?"));
    }

    @Test
    void versionIsOneLine() {
        assertThat(Invocation.of("version").out()).matches("hacp \\d+\\.\\d+\\.\\d+\\S* \\(Java 25.*, Linux .*\\)\\n");
        assertThat(Invocation.of("--version").out()).isEqualTo(Invocation.of("version").out());
    }
}
